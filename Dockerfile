# One image for web, worker, beat and migrations; docker-compose.yml says which of them a container is.

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.txt

FROM python:3.13-slim
# The mount points exist and belong to the user, so that new volumes do too. Static files are served out of the
# packages, so that there is nothing to collect.
RUN useradd --uid 10001 --no-log-init --no-create-home --home-dir /app needlebook \
    && install --directory --owner needlebook --group needlebook /data /data/media /data/static
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MEDIA_ROOT=/data/media STATIC_ROOT=/data/static
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
RUN python -m compileall -q .
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"]
