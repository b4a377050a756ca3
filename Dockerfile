# airectl in an image: `docker run --rm -v "$PWD:/work" airectl check slo-specs`
FROM python:3.13.7-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/airectl \
 && /opt/airectl/bin/python -m pip install --no-cache-dir --quiet --disable-pip-version-check \
      --require-hashes -r requirements.lock
COPY completions completions
COPY docs/airectl.1 docs/airectl.1
COPY airectl airectl
RUN /opt/airectl/bin/python -m pip install --no-cache-dir --quiet --disable-pip-version-check \
      --no-deps --no-build-isolation . \
 && /opt/airectl/bin/python -m compileall -q /opt/airectl/lib

FROM python:3.13.7-slim-bookworm
COPY --from=build /opt/airectl /opt/airectl
ENV PATH=/opt/airectl/bin:$PATH
# Nothing that it does needs to be root; caches go to a home of its own.
RUN useradd --create-home --uid 10001 airectl
USER 10001
WORKDIR /work
ENTRYPOINT ["airectl"]
CMD ["--help"]
