# Completion of airectl for bash 4 and newer: source it, or put it into a folder of bash-completion as `airectl`.
# Made from the command tree; `airectl completion bash` prints it.

_airectl_words() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen -W "$1" -- "$current"))
}

_airectl_files() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen -f -- "$current"))
  compopt -o filenames 2>/dev/null
}

_airectl_folders() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen -d -- "$current"))
  compopt -o filenames 2>/dev/null
}

_airectl_specs() {
  local IFS=$'\n' path
  for path in $(compgen -f -- "$current"); do
    [[ -d $path || $path == *.yaml || $path == *.yml ]] && COMPREPLY+=("$path")
  done
  compopt -o filenames 2>/dev/null
}

_airectl_asked() {
  _airectl_words "$("${COMP_WORDS[0]}" completion values "$1" 2>/dev/null)"
}

_airectl_output() {
  if [[ $current == *=* ]]; then
    local format=${current%%=*}
    current=${current#*=}
    _airectl_files
    # bash itself breaks words at `=` where COMP_WORDBREAKS has it, and wants what follows alone.
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$format=}")
  else
    _airectl_words "$1"
  fi
}

_airectl_commands() {
  case $1 in
    '') printf '%s\n' demo init validate check budget watch rules probe simulate report loadtest forecast convert postmortem runbook doctor metrics schema explain cache completion config help ;;
    'rules') printf '%s\n' generate diff ;;
    'simulate') printf '%s\n' run profiles ;;
    'loadtest') printf '%s\n' run report compare calibrate presets worker ;;
    'postmortem') printf '%s\n' new check stats export classes ;;
    'runbook') printf '%s\n' generate check ;;
    'metrics') printf '%s\n' lint ;;
    'cache') printf '%s\n' show clear ;;
    'completion') printf '%s\n' script values ;;
    'config') printf '%s\n' show ;;
  esac
}

_airectl_options() {
  case $1 in
    '') printf '%s\n' -V --version -h --help ;;
    'demo') printf '%s\n' --keep --fast --force --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'init') printf '%s\n' --telemetry --service --from --availability --ttft --itl --tpot --e2e --queue-time --completeness --rejections --quality --saturation --slo --strict --model --by-model --selector --window --owner --runbook --source --out --force --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'validate') printf '%s\n' --fail-on --min-severity --strict-refs --baseline --changed-since -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'check') printf '%s\n' --at --offline --fail-on --min-severity --no-cache --on-unknown --recorded --run --strict-refs --slo --source -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'budget') printf '%s\n' --at --explain --fail-on --min-severity --no-cache --offline --on-unknown --recorded --run --slo --source --static -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'watch') printf '%s\n' --count --every --recorded --slo --source -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'rules') printf '%s\n' --out --format --namespace --windows --slo --label --disable --dashboards --alertmanager --alertmanager-version --secrets-dir --smtp --dry-run --check -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'rules generate') printf '%s\n' --out --format --namespace --windows --slo --label --disable --dashboards --alertmanager --alertmanager-version --secrets-dir --smtp --dry-run --check -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'rules diff') printf '%s\n' --since --windows --fail-on-weaker -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'probe') printf '%s\n' --protocol --model --response-model --prompts --specs --slo --ttft --itl --tpot --e2e --count --interval --listen --timeout --first-token-timeout --stall-timeout --fail-on --min-severity --on-unknown -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'simulate') printf '%s\n' --profile --listen --replicas --seed --fault --duration --speed --model --answer-tokens --control --golden --ttft --itl --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'simulate run') printf '%s\n' --profile --listen --replicas --seed --fault --duration --speed --model --answer-tokens --control --golden --ttft --itl --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'simulate profiles') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'report') printf '%s\n' --title -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest') printf '%s\n' --rate --arrival --concurrency --duration --requests --warm-up --max-in-flight --time-scale --seed --preset --prompts --trace --protocol --model --input-tokens --output-tokens --shared-prefix --turns --think --option --tokenizer --no-calibration --specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --limits --find-capacity --step --confidence --resolution --replicates --metrics --accelerator --price --token-env --token-file --token-command --yes --max-rate --max-duration --max-requests --connect-timeout --first-token-timeout --stall-timeout --timeout --drain --out --name --dry-run --processes --proxy-from-env --no-keep-alive --engine --expect-workers --bind --port --worker-timeout --fail-on --min-severity --on-unknown -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest run') printf '%s\n' --rate --arrival --concurrency --duration --requests --warm-up --max-in-flight --time-scale --seed --preset --prompts --trace --protocol --model --input-tokens --output-tokens --shared-prefix --turns --think --option --tokenizer --no-calibration --specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --limits --find-capacity --step --confidence --resolution --replicates --metrics --accelerator --price --token-env --token-file --token-command --yes --max-rate --max-duration --max-requests --connect-timeout --first-token-timeout --stall-timeout --timeout --drain --out --name --dry-run --processes --proxy-from-env --no-keep-alive --engine --expect-workers --bind --port --worker-timeout --fail-on --min-severity --on-unknown -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest report') printf '%s\n' --specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --fail-on --min-severity --on-unknown -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest compare') printf '%s\n' --min-effect --anyway --calibration --fail-on --min-severity --on-unknown -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest calibrate') printf '%s\n' --streams --tokens-per-second --duration --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest presets') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'loadtest worker') printf '%s\n' --master --processes --token-env --token-file --token-command --wait --yes -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'forecast') printf '%s\n' --file --query --trace --time --value --group-by --zone --unit --source --history --at --horizon --step --season --event --growth --capacity --replicas --headroom --failure-domain --surge --accelerator --tensor-parallel --node --lead-time --order-quantile --budget-gpus --prices --what-if --profile --requests --input-tokens --output-tokens --cached --ttft --itl --specs --fail-if-crossing --fail-on --min-severity --on-unknown --chart --keda --hpa --engine --explain -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'convert') printf '%s\n' --to --inline --remove-refs --export --out -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'postmortem') printf '%s\n' -h --help ;;
    'postmortem new') printf '%s\n' --from --to --title --specs --slo --class --template --alerts --pagerduty --opsgenie --statuspage --slack --git --run --outage --target --mark --lead --source --offline --no-cache --out --force --dry-run -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'postmortem check') printf '%s\n' --fail-on --min-severity -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'postmortem stats') printf '%s\n' --min-severity -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'postmortem export') printf '%s\n' --actions --all --out -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'postmortem classes') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'runbook') printf '%s\n' -h --help ;;
    'runbook generate') printf '%s\n' --out --slo --force --dry-run --check -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'runbook check') printf '%s\n' --specs --online --fail-on --min-severity -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'doctor') printf '%s\n' --fail-on --min-severity --specs -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'metrics') printf '%s\n' -h --help ;;
    'metrics lint') printf '%s\n' --specs --rules --dashboards --fail-on --min-severity -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'schema') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'explain') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'cache') printf '%s\n' -h --help ;;
    'cache show') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'cache clear') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'completion') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'completion script') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'completion values') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'config') printf '%s\n' -h --help ;;
    'config show') printf '%s\n' --origin -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
    'help') printf '%s\n' -o --output -q --quiet -v --verbose --debug --color --config -h --help ;;
  esac
}

_airectl_valued() {
  case $1 in
    '') echo '' ;;
    'demo') echo '--keep -o --output --color --config' ;;
    'init') echo '--telemetry --service --from --availability --ttft --itl --tpot --e2e --queue-time --completeness --rejections --quality --saturation --slo --model --selector --window --owner --runbook --source --out -o --output --color --config' ;;
    'validate') echo '--fail-on --min-severity --baseline --changed-since -o --output --color --config' ;;
    'check') echo '--at --fail-on --min-severity --on-unknown --run --slo --source -o --output --color --config' ;;
    'budget') echo '--at --fail-on --min-severity --on-unknown --run --slo --source --static -o --output --color --config' ;;
    'watch') echo '--count --every --slo --source -o --output --color --config' ;;
    'rules') echo '--out --format --namespace --windows --slo --label --disable --dashboards --alertmanager-version --secrets-dir --smtp -o --output --color --config' ;;
    'rules generate') echo '--out --format --namespace --windows --slo --label --disable --dashboards --alertmanager-version --secrets-dir --smtp -o --output --color --config' ;;
    'rules diff') echo '--since --windows -o --output --color --config' ;;
    'probe') echo '--protocol --model --response-model --prompts --specs --slo --ttft --itl --tpot --e2e --count --interval --listen --timeout --first-token-timeout --stall-timeout --fail-on --min-severity --on-unknown -o --output --color --config' ;;
    'simulate') echo '--profile --listen --replicas --seed --fault --duration --speed --model --answer-tokens --ttft --itl -o --output --color --config' ;;
    'simulate run') echo '--profile --listen --replicas --seed --fault --duration --speed --model --answer-tokens --ttft --itl -o --output --color --config' ;;
    'simulate profiles') echo '-o --output --color --config' ;;
    'report') echo '--title -o --output --color --config' ;;
    'loadtest') echo '--rate --arrival --concurrency --duration --requests --warm-up --max-in-flight --time-scale --seed --preset --prompts --trace --protocol --model --input-tokens --output-tokens --shared-prefix --turns --think --option --tokenizer --specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --limits --step --confidence --resolution --replicates --metrics --accelerator --price --token-env --token-file --token-command --max-rate --max-duration --max-requests --connect-timeout --first-token-timeout --stall-timeout --timeout --drain --out --name --processes --engine --expect-workers --bind --port --worker-timeout --fail-on --min-severity --on-unknown -o --output --color --config' ;;
    'loadtest run') echo '--rate --arrival --concurrency --duration --requests --warm-up --max-in-flight --time-scale --seed --preset --prompts --trace --protocol --model --input-tokens --output-tokens --shared-prefix --turns --think --option --tokenizer --specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --limits --step --confidence --resolution --replicates --metrics --accelerator --price --token-env --token-file --token-command --max-rate --max-duration --max-requests --connect-timeout --first-token-timeout --stall-timeout --timeout --drain --out --name --processes --engine --expect-workers --bind --port --worker-timeout --fail-on --min-severity --on-unknown -o --output --color --config' ;;
    'loadtest report') echo '--specs --slo --ttft-p99 --itl-p99 --tpot-p99 --e2e-p99 --objective --fail-on --min-severity --on-unknown -o --output --color --config' ;;
    'loadtest compare') echo '--min-effect --calibration --fail-on --min-severity --on-unknown -o --output --color --config' ;;
    'loadtest calibrate') echo '--streams --tokens-per-second --duration -o --output --color --config' ;;
    'loadtest presets') echo '-o --output --color --config' ;;
    'loadtest worker') echo '--master --processes --token-env --token-file --token-command --wait -o --output --color --config' ;;
    'forecast') echo '--time --value --group-by --zone --unit --source --history --at --horizon --step --season --event --growth --capacity --replicas --headroom --failure-domain --surge --accelerator --tensor-parallel --node --lead-time --order-quantile --budget-gpus --prices --what-if --profile --requests --input-tokens --output-tokens --cached --ttft --itl --specs --fail-if-crossing --fail-on --min-severity --on-unknown --chart --keda --hpa --engine -o --output --color --config' ;;
    'convert') echo '--to --out -o --output --color --config' ;;
    'postmortem') echo '' ;;
    'postmortem new') echo '--from --to --title --specs --slo --class --template --alerts --pagerduty --opsgenie --statuspage --slack --git --run --outage --target --mark --lead --source --out -o --output --color --config' ;;
    'postmortem check') echo '--fail-on --min-severity -o --output --color --config' ;;
    'postmortem stats') echo '--min-severity -o --output --color --config' ;;
    'postmortem export') echo '--actions --out -o --output --color --config' ;;
    'postmortem classes') echo '-o --output --color --config' ;;
    'runbook') echo '' ;;
    'runbook generate') echo '--out --slo -o --output --color --config' ;;
    'runbook check') echo '--specs --fail-on --min-severity -o --output --color --config' ;;
    'doctor') echo '--fail-on --min-severity --specs -o --output --color --config' ;;
    'metrics') echo '' ;;
    'metrics lint') echo '--specs --rules --dashboards --fail-on --min-severity -o --output --color --config' ;;
    'schema') echo '-o --output --color --config' ;;
    'explain') echo '-o --output --color --config' ;;
    'cache') echo '' ;;
    'cache show') echo '-o --output --color --config' ;;
    'cache clear') echo '-o --output --color --config' ;;
    'completion') echo '-o --output --color --config' ;;
    'completion script') echo '-o --output --color --config' ;;
    'completion values') echo '-o --output --color --config' ;;
    'config') echo '' ;;
    'config show') echo '-o --output --color --config' ;;
    'help') echo '-o --output --color --config' ;;
  esac
}

_airectl_values() {
  case $1 in
    'demo --keep') _airectl_folders ;;
    'demo -o'|'demo --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'demo --color') _airectl_words $'auto\nalways\nnever' ;;
    'demo --config') _airectl_files ;;
    'init --telemetry') _airectl_words $'agentgateway\nairectl-probe\namd-device-metrics-exporter\ndcgm-exporter\nenvoy-ai-gateway\ngaudi-exporter\njetstream\nkgateway\nkong-ai\nkserve\nlitellm\nllama-cpp\nllm-d-epp\nollama\notel-genai\npython-service\nray-serve\nsglang\ntensorrt-llm\ntf-serving\ntgi\ntorchserve\ntpu-device-plugin\ntriton\nvllm' ;;
    'init --from') _airectl_files ;;
    'init --out') _airectl_folders ;;
    'init -o'|'init --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'init --color') _airectl_words $'auto\nalways\nnever' ;;
    'init --config') _airectl_files ;;
    'validate --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'validate --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'validate --baseline') _airectl_files ;;
    'validate -o'|'validate --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'validate --color') _airectl_words $'auto\nalways\nnever' ;;
    'validate --config') _airectl_files ;;
    'validate '[0-9]*) _airectl_specs ;;
    'check --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'check --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'check --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'check --run') _airectl_folders ;;
    'check --slo') _airectl_asked slos ;;
    'check --source') _airectl_asked sources ;;
    'check -o'|'check --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'check --color') _airectl_words $'auto\nalways\nnever' ;;
    'check --config') _airectl_files ;;
    'check '[0-9]*) _airectl_specs ;;
    'budget --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'budget --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'budget --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'budget --run') _airectl_folders ;;
    'budget --slo') _airectl_asked slos ;;
    'budget --source') _airectl_asked sources ;;
    'budget -o'|'budget --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'budget --color') _airectl_words $'auto\nalways\nnever' ;;
    'budget --config') _airectl_files ;;
    'budget '[0-9]*) _airectl_specs ;;
    'watch --slo') _airectl_asked slos ;;
    'watch --source') _airectl_asked sources ;;
    'watch -o'|'watch --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'watch --color') _airectl_words $'auto\nalways\nnever' ;;
    'watch --config') _airectl_files ;;
    'watch '[0-9]*) _airectl_specs ;;
    'rules --out') _airectl_folders ;;
    'rules --format') _airectl_words $'prometheus\nprometheus-operator.' ;;
    'rules --windows') _airectl_words $'datadog-7d\ndatadog-90d\ngoogle-28d\ngoogle-30d'; _airectl_files ;;
    'rules --slo') _airectl_asked slos ;;
    'rules --disable') _airectl_words $'alerts\nrecords' ;;
    'rules --dashboards') _airectl_words grafana ;;
    'rules --secrets-dir') _airectl_folders ;;
    'rules -o'|'rules --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'rules --color') _airectl_words $'auto\nalways\nnever' ;;
    'rules --config') _airectl_files ;;
    'rules '[0-9]*) _airectl_specs ;;
    'rules generate --out') _airectl_folders ;;
    'rules generate --format') _airectl_words $'prometheus\nprometheus-operator.' ;;
    'rules generate --windows') _airectl_words $'datadog-7d\ndatadog-90d\ngoogle-28d\ngoogle-30d'; _airectl_files ;;
    'rules generate --slo') _airectl_asked slos ;;
    'rules generate --disable') _airectl_words $'alerts\nrecords' ;;
    'rules generate --dashboards') _airectl_words grafana ;;
    'rules generate --secrets-dir') _airectl_folders ;;
    'rules generate -o'|'rules generate --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'rules generate --color') _airectl_words $'auto\nalways\nnever' ;;
    'rules generate --config') _airectl_files ;;
    'rules generate '[0-9]*) _airectl_specs ;;
    'rules diff --windows') _airectl_words $'datadog-7d\ndatadog-90d\ngoogle-28d\ngoogle-30d'; _airectl_files ;;
    'rules diff -o'|'rules diff --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'rules diff --color') _airectl_words $'auto\nalways\nnever' ;;
    'rules diff --config') _airectl_files ;;
    'probe --protocol') _airectl_words $'openai\ncompletions\nollama\nhttp' ;;
    'probe --prompts') _airectl_files ;;
    'probe --specs') _airectl_files ;;
    'probe --slo') _airectl_asked slos ;;
    'probe --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'probe --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'probe --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'probe -o'|'probe --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'probe --color') _airectl_words $'auto\nalways\nnever' ;;
    'probe --config') _airectl_files ;;
    'simulate --profile') _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'simulate -o'|'simulate --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'simulate --color') _airectl_words $'auto\nalways\nnever' ;;
    'simulate --config') _airectl_files ;;
    'simulate run --profile') _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'simulate run -o'|'simulate run --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'simulate run --color') _airectl_words $'auto\nalways\nnever' ;;
    'simulate run --config') _airectl_files ;;
    'simulate profiles -o'|'simulate profiles --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'simulate profiles --color') _airectl_words $'auto\nalways\nnever' ;;
    'simulate profiles --config') _airectl_files ;;
    'simulate profiles '[0-9]*) _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'report -o'|'report --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'report --color') _airectl_words $'auto\nalways\nnever' ;;
    'report --config') _airectl_files ;;
    'report '[0-9]*) _airectl_files ;;
    'loadtest --prompts') _airectl_files ;;
    'loadtest --trace') _airectl_files ;;
    'loadtest --protocol') _airectl_words $'openai\ncompletions\nembeddings\nkserve\ntfserving\ntorchserve\nhttp' ;;
    'loadtest --tokenizer') _airectl_files ;;
    'loadtest --specs') _airectl_files ;;
    'loadtest --slo') _airectl_asked slos ;;
    'loadtest --token-file') _airectl_files ;;
    'loadtest --out') _airectl_folders ;;
    'loadtest --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'loadtest -o'|'loadtest --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest --config') _airectl_files ;;
    'loadtest run --prompts') _airectl_files ;;
    'loadtest run --trace') _airectl_files ;;
    'loadtest run --protocol') _airectl_words $'openai\ncompletions\nembeddings\nkserve\ntfserving\ntorchserve\nhttp' ;;
    'loadtest run --tokenizer') _airectl_files ;;
    'loadtest run --specs') _airectl_files ;;
    'loadtest run --slo') _airectl_asked slos ;;
    'loadtest run --token-file') _airectl_files ;;
    'loadtest run --out') _airectl_folders ;;
    'loadtest run --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest run --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest run --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'loadtest run -o'|'loadtest run --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest run --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest run --config') _airectl_files ;;
    'loadtest report --specs') _airectl_files ;;
    'loadtest report --slo') _airectl_asked slos ;;
    'loadtest report --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest report --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest report --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'loadtest report -o'|'loadtest report --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest report --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest report --config') _airectl_files ;;
    'loadtest report '0) _airectl_folders ;;
    'loadtest compare --calibration') _airectl_files ;;
    'loadtest compare --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest compare --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'loadtest compare --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'loadtest compare -o'|'loadtest compare --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest compare --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest compare --config') _airectl_files ;;
    'loadtest calibrate -o'|'loadtest calibrate --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest calibrate --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest calibrate --config') _airectl_files ;;
    'loadtest presets -o'|'loadtest presets --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest presets --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest presets --config') _airectl_files ;;
    'loadtest presets '[0-9]*) _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'loadtest worker --token-file') _airectl_files ;;
    'loadtest worker -o'|'loadtest worker --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'loadtest worker --color') _airectl_words $'auto\nalways\nnever' ;;
    'loadtest worker --config') _airectl_files ;;
    'forecast --zone') _airectl_words times ;;
    'forecast --source') _airectl_asked sources ;;
    'forecast --capacity') _airectl_files ;;
    'forecast --prices') _airectl_files ;;
    'forecast --profile') _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'forecast --specs') _airectl_files ;;
    'forecast --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'forecast --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'forecast --on-unknown') _airectl_words $'fail\nwarn\npass' ;;
    'forecast --chart') _airectl_files ;;
    'forecast --keda') _airectl_files ;;
    'forecast --hpa') _airectl_files ;;
    'forecast -o'|'forecast --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'forecast --color') _airectl_words $'auto\nalways\nnever' ;;
    'forecast --config') _airectl_files ;;
    'forecast '0) _airectl_files ;;
    'convert --to') _airectl_words $'openslo\nsloth' ;;
    'convert --out') _airectl_files ;;
    'convert -o'|'convert --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'convert --color') _airectl_words $'auto\nalways\nnever' ;;
    'convert --config') _airectl_files ;;
    'convert '[0-9]*) _airectl_specs ;;
    'postmortem new --specs') _airectl_specs ;;
    'postmortem new --slo') _airectl_asked slos ;;
    'postmortem new --template') _airectl_words $'h100-llama-8b\nv5e-8-llama-8b\nxeon-llama-8b'; _airectl_files ;;
    'postmortem new --alerts') _airectl_files ;;
    'postmortem new --pagerduty') _airectl_files ;;
    'postmortem new --opsgenie') _airectl_files ;;
    'postmortem new --statuspage') _airectl_files ;;
    'postmortem new --slack') _airectl_files ;;
    'postmortem new --git') _airectl_folders ;;
    'postmortem new --run') _airectl_folders ;;
    'postmortem new --source') _airectl_asked sources ;;
    'postmortem new --out') _airectl_files ;;
    'postmortem new -o'|'postmortem new --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'postmortem new --color') _airectl_words $'auto\nalways\nnever' ;;
    'postmortem new --config') _airectl_files ;;
    'postmortem check --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'postmortem check --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'postmortem check -o'|'postmortem check --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'postmortem check --color') _airectl_words $'auto\nalways\nnever' ;;
    'postmortem check --config') _airectl_files ;;
    'postmortem check '[0-9]*) _airectl_specs ;;
    'postmortem stats --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'postmortem stats -o'|'postmortem stats --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'postmortem stats --color') _airectl_words $'auto\nalways\nnever' ;;
    'postmortem stats --config') _airectl_files ;;
    'postmortem stats '[0-9]*) _airectl_specs ;;
    'postmortem export --actions') _airectl_words $'json\ngithub\ngitlab\njira.' ;;
    'postmortem export --out') _airectl_files ;;
    'postmortem export -o'|'postmortem export --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'postmortem export --color') _airectl_words $'auto\nalways\nnever' ;;
    'postmortem export --config') _airectl_files ;;
    'postmortem export '[0-9]*) _airectl_specs ;;
    'postmortem classes -o'|'postmortem classes --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'postmortem classes --color') _airectl_words $'auto\nalways\nnever' ;;
    'postmortem classes --config') _airectl_files ;;
    'runbook generate --out') _airectl_folders ;;
    'runbook generate --slo') _airectl_asked slos ;;
    'runbook generate -o'|'runbook generate --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'runbook generate --color') _airectl_words $'auto\nalways\nnever' ;;
    'runbook generate --config') _airectl_files ;;
    'runbook generate '[0-9]*) _airectl_specs ;;
    'runbook check --specs') _airectl_specs ;;
    'runbook check --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'runbook check --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'runbook check -o'|'runbook check --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'runbook check --color') _airectl_words $'auto\nalways\nnever' ;;
    'runbook check --config') _airectl_files ;;
    'runbook check '0) _airectl_folders ;;
    'doctor --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'doctor --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'doctor --specs') _airectl_specs ;;
    'doctor -o'|'doctor --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'doctor --color') _airectl_words $'auto\nalways\nnever' ;;
    'doctor --config') _airectl_files ;;
    'doctor '0) _airectl_asked sources ;;
    'metrics lint --specs') _airectl_specs ;;
    'metrics lint --rules') _airectl_specs ;;
    'metrics lint --dashboards') _airectl_specs ;;
    'metrics lint --fail-on') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'metrics lint --min-severity') _airectl_words $'error\nwarning\ninfo\nnever' ;;
    'metrics lint -o'|'metrics lint --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'metrics lint --color') _airectl_words $'auto\nalways\nnever' ;;
    'metrics lint --config') _airectl_files ;;
    'metrics lint '[0-9]*) _airectl_files ;;
    'schema -o'|'schema --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'schema --color') _airectl_words $'auto\nalways\nnever' ;;
    'schema --config') _airectl_files ;;
    'schema '0) _airectl_words $'openslo\nopenslo-v1alpha\nsloth\nshort\nreport\ntelemetry\nprompts\nwindows\nprofile\nplan\nprices\nscenario\npostmortem\nrun' ;;
    'explain -o'|'explain --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'explain --color') _airectl_words $'auto\nalways\nnever' ;;
    'explain --config') _airectl_files ;;
    'explain '0) _airectl_words $'AIR001\nAIR002\nAIR003\nAIR004\nAIR005\nAIR006\nAIR007\nAIR008\nAIR009\nAIR010\nAIR011\nAIR012\nAIR013\nAIR014\nAIR015\nAIR016\nAIR017\nAIR018\nAIR019\nAIR020\nAIR021\nAIR022\nAIR023\nAIR024\nAIR025\nAIR026\nAIR027\nAIR028\nAIR029\nAIR030\nAIR031\nAIR032\nAIR033\nAIR034\nAIR035\nAIR036\nAIR037\nAIR039\nAIR040\nAIR041\nAIR042\nAIR043\nAIR101\nAIR102\nAIR103\nAIR104\nAIR105\nAIR106\nAIR107\nAIR108\nAIR109\nAIR110\nAIR111\nAIR112\nAIR113\nAIR114\nAIR115\nAIR116\nAIR117\nAIR118\nAIR119\nAIR120\nAIR121\nAIR122\nAIR123\nAIR130\nAIR131\nAIR132\nAIR133\nAIR134\nAIR135\nAIR136\nAIR137\nAIR138\nAIR139\nAIR201\nAIR202\nAIR203\nAIR204\nAIR205\nAIR206\nAIR207\nAIR208\nAIR209\nAIR210\nAIR211\nAIR212\nAIR213\nAIR214\nAIR215\nAIR216\nAIR217\nAIR218\nAIR219\nAIR220\nAIR221\nAIR222\nAIR223\nAIR224\nAIR225\nAIR226\nAIR227\nAIR228\nAIR229\nAIR301\nAIR302\nAIR303\nAIR304\nAIR305\nAIR306\nAIR307\nAIR308\nAIR309\nAIR310\nAIR315\nAIR316\nAIR317\nAIR318\nAIR401\nAIR410\nAIR411\nAIR412\nAIR413\nAIR414\nAIR415\nAIR416\nAIR425\nAIR426\nAIR427\nAIR428\nAIR429\nAIR430\nAIR431\nAIR501\nAIR502\nAIR503\nAIR504\nAIR505\nAIR506\nAIR507\nAIR508\nAIR510\nAIR511\nAIR512\nAIR513\nAIR514\nAIR515\nAIR516\nAIR517\nAIR518\nAIR519\nAIR520\nAIR521\nAIR601\nAIR602\nAIR603\nAIR604\nAIR605\nAIR606\nAIR620\nAIR621\nAIR622\nAIR623\nAIR624\nAIR625\nAIR626\nAIR627\nAIR628\nAIR629\nAIR630\nAIR631\nAIR632\nAIR633\nAIR634\nAIR635\nAIR636\nAIR637\nAIR638\nAIR639\nAIR640\nAIR641\nAIR642\nAIR643\nAIR660\nAIR661\nAIR662\nAIR663\nAIR664\nAIR665\nAIR666\nAIR667\nAIR668\nmetric\nxid\nairectl.dev/owner\nairectl.dev/runbook\nairectl.dev/dashboard\nairectl.dev/signal\nairectl.dev/threshold\nairectl.dev/policy\nairectl.dev/no-data\nairectl.dev/minimum-events\nairectl.dev/confidence\nairectl.dev/exclusions\nairectl.dev/label-delay\nairectl.dev/sampled\nairectl.dev/group-by\nairectl.dev/depends-on\nairectl.dev/telemetry\nairectl.dev/telemetry-version\nairectl.dev/converted-from\nairectl.dev/sloth-slo\nairectl.dev/address\nairectl.dev/alerts' ;;
    'explain '1) _airectl_words its ;;
    'cache show -o'|'cache show --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'cache show --color') _airectl_words $'auto\nalways\nnever' ;;
    'cache show --config') _airectl_files ;;
    'cache clear -o'|'cache clear --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'cache clear --color') _airectl_words $'auto\nalways\nnever' ;;
    'cache clear --config') _airectl_files ;;
    'completion -o'|'completion --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'completion --color') _airectl_words $'auto\nalways\nnever' ;;
    'completion --config') _airectl_files ;;
    'completion '0) _airectl_words $'bash\nzsh\nfish.' ;;
    'completion script -o'|'completion script --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'completion script --color') _airectl_words $'auto\nalways\nnever' ;;
    'completion script --config') _airectl_files ;;
    'completion script '0) _airectl_words $'bash\nzsh\nfish.' ;;
    'completion values -o'|'completion values --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'completion values --color') _airectl_words $'auto\nalways\nnever' ;;
    'completion values --config') _airectl_files ;;
    'completion values '0) _airectl_words $'slos\nsources.' ;;
    'config show -o'|'config show --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'config show --color') _airectl_words $'auto\nalways\nnever' ;;
    'config show --config') _airectl_files ;;
    'help -o'|'help --output') _airectl_output $'text\nconcise\njson\nsarif\njunit\ngithub\ngitlab\nmarkdown\nhtml\nsaved\ncsv\nopenmetrics' ;;
    'help --color') _airectl_words $'auto\nalways\nnever' ;;
    'help --config') _airectl_files ;;
    'help '0) _airectl_words $'budgets\nconfiguration\nexit-codes\nforecasting\nformats\ngetting-started\nignores\nloadtest\nmetrics\npolicies\npostmortems\nprobing\nqueries\nrules\nrunbooks\nsimulating\nsources\nspecs' ;;
  esac
}

_airectl() {
  local line=${COMP_LINE:0:COMP_POINT} current path='' wanted='' word option places=0 ended=''
  local -a words
  COMPREPLY=()
  # COMP_WORDS has words broken at : and =, which values hold.
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  for word in "${words[@]:1:${#words[@]}-2}"; do
    if [[ -n $wanted ]]; then
      wanted=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -* ]]; then
      [[ " $(_airectl_valued "$path") " == *" $word "* ]] && wanted=$word
    elif [[ $places == 0 && $'\n'"$(_airectl_commands "$path")"$'\n' == *$'\n'"$word"$'\n'* ]]; then
      path=${path:+$path }$word
    else
      places=$((places + 1))
    fi
  done
  if [[ -n $wanted ]]; then
    _airectl_values "$path $wanted"
  elif [[ -z $ended && $current == --*=* ]]; then
    option=${current%%=*}
    current=${current#*=}
    _airectl_values "$path $option"
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$option=}")
  elif [[ -z $ended && $current == -* ]]; then
    _airectl_words "$(_airectl_options "$path")"
  else
    [[ $places == 0 ]] && _airectl_words "$(_airectl_commands "$path")"
    _airectl_values "$path $places"
  fi
  # bash breaks words at colons too: what stands in front of the last one is there already.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    word=${current%"${current##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$word"}")
  fi
}

complete -F _airectl airectl
