"""`airectl loadtest`: send requests at their times, and say what came of them."""

from __future__ import annotations

from airectl.commands import loadtest_goals as goals
from airectl.commands import loadtest_options as options
from airectl.commands.evaluated import OnUnknown
from airectl.commands.loadtest_given import Caps, Cluster, Given, Patience, Search, Wire
from airectl.commands.loadtest_target import Token
from airectl.commands.selection import Only
from airectl.commands.specs import FailOn, MinSeverity
from airectl.core.report import Report
from airectl.run import Run


def loadtest(
    run: Run,
    target: options.Target,
    *,
    rate: options.Rate = None,
    arrival: options.Arrival = None,
    concurrency: options.Concurrency = None,
    duration: options.Duration = None,
    requests: options.Requests = None,
    warm_up: options.WarmUp = None,
    max_in_flight: options.MaxInFlight = None,
    time_scale: options.TimeScale = None,
    seed: options.Seed = None,
    preset: options.Preset = None,
    prompts: options.Prompts = None,
    trace: options.Trace = None,
    protocol: options.Protocol = None,
    model: options.Model = None,
    input_tokens: options.InputTokens = None,
    output_tokens: options.OutputTokens = None,
    shared_prefix: options.SharedPrefix = None,
    turns: options.Turns = None,
    think: options.Think = None,
    option: options.Options = None,
    tokenizer: options.Tokenizer = None,
    no_calibration: options.NoCalibration = False,
    specs: goals.Specs = None,
    slo: Only = None,
    ttft_p99: goals.TtftP99 = None,
    itl_p99: goals.ItlP99 = None,
    tpot_p99: goals.TpotP99 = None,
    e2e_p99: goals.E2eP99 = None,
    objective: goals.Objective = None,
    limits: options.Limits = None,
    find_capacity: options.FindCapacity = False,
    step: options.StepTime = "10s",
    confidence: options.Confidence = 0.99,
    resolution: options.Resolution = 0.05,
    replicates: options.Replicates = 3,
    metrics: options.Metrics = None,
    accelerator: options.AcceleratorOption = None,
    price: options.Price = None,
    token_env: options.TokenEnv = None,
    token_file: options.TokenFile = None,
    token_command: options.TokenCommand = None,
    yes: options.Yes = False,
    max_rate: options.MaxRate = None,
    max_duration: options.MaxDuration = None,
    max_requests: options.MaxRequests = None,
    connect_timeout: options.ConnectTimeout = None,
    first_token_timeout: options.FirstToken = None,
    stall_timeout: options.Stall = None,
    timeout: options.Timeout = None,
    drain: options.Drain = None,
    out: options.Out = None,
    name: options.Name = None,
    dry_run: options.DryRun = False,
    processes: options.Processes = None,
    proxy_from_env: options.ProxyFromEnv = False,
    no_keep_alive: options.NoKeepAlive = False,
    engine: options.EngineName = "local",
    expect_workers: options.Workers = None,
    bind: options.Bind = "127.0.0.1",
    port: options.Port = 5557,
    worker_timeout: options.WorkerTimeout = "60s",
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
) -> Report:
    """Load an inference server at a rate, measure it by exact definitions, and say whether the figures are valid.

    Exit code 0: every objective is met; 1: one is missed, or nothing was answered; 2: nothing was sent; 3: it cannot
    be decided, as when the client was the limit.

    Examples:
      airectl loadtest http://127.0.0.1:8000 --rate 20 --duration 1m --dry-run
      airectl loadtest http://127.0.0.1:8000 --preset chat --rate 5 --dry-run
      airectl loadtest http://127.0.0.1:8000 --rate 5..50 --duration 2m --dry-run
    """
    from airectl.commands.loadtest_run import Judging, reported
    from airectl.load.overrides import Overrides

    overrides = Overrides(
        name=name, preset=preset, protocol=protocol, model=model, seed=seed, duration=duration, warm_up=warm_up,
        requests=requests, rate=rate, arrival=arrival, concurrency=concurrency, time_scale=time_scale,
        input_tokens=input_tokens, output_tokens=output_tokens, shared_prefix=shared_prefix, turns=turns, think=think,
        prompts=prompts, trace=trace, max_in_flight=max_in_flight, limits=limits, tokenizer=tokenizer,
    )  # fmt: skip
    given = Given(
        target=target,
        overrides=overrides,
        options=option or (),
        token=Token(variable=token_env, file=token_file, command=token_command),
        processes=processes,
        patience=Patience(
            connect_s=connect_timeout,
            first_token_s=first_token_timeout,
            between_tokens_s=stall_timeout,
            total_s=timeout,
            drain=drain,
        ),
        caps=Caps(rate=max_rate, duration=max_duration, requests=max_requests),
        goals=goals.Wanted(
            specs=specs, slo=slo, ttft_p99=ttft_p99, itl_p99=itl_p99, tpot_p99=tpot_p99, e2e_p99=e2e_p99,
            objective=objective,
        ),
        metrics=metrics or (),
        accelerator=accelerator,
        price=price,
        engine=engine,
        cluster=Cluster(workers=expect_workers, bind=bind, port=port, wait=worker_timeout),
        search=Search(
            wanted=find_capacity, confidence=confidence, step=step, resolution=resolution, replicates=replicates
        ),
        out=out,
        yes=yes,
        dry_run=dry_run,
        calibrate=not no_calibration,
        wire=Wire(proxies=proxy_from_env, keep_alive=not no_keep_alive),
    )  # fmt: skip
    return reported(run, given, Judging(fail_on=fail_on, min_severity=min_severity, on_unknown=on_unknown))
