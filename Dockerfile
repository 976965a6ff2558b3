# docker build -t rnncourse . && docker run --rm -p 127.0.0.1:8888:8888 -v rnncourse:/home/learner rnncourse
# Then open the address that it prints. Your work stays in the volume "rnncourse".
FROM python:3.12-slim

COPY constraints/python-3.12.txt /tmp/constraints.txt
COPY pyproject.toml README.md LICENSE /tmp/rnncourse/
COPY rnncourse /tmp/rnncourse/rnncourse
COPY course /tmp/rnncourse/course
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt /tmp/rnncourse && rm -r /tmp/rnncourse

# Seen from outside the container, and the address as one opens it there.
RUN mkdir -p /usr/local/etc/jupyter && echo '{"ServerApp": {"ip": "0.0.0.0", "custom_display_url": "http://127.0.0.1:8888"}}' \
        > /usr/local/etc/jupyter/jupyter_server_config.json

RUN useradd --create-home learner
USER learner
WORKDIR /home/learner
EXPOSE 8888
# A copy that is there already stays as it is.
CMD ["sh", "-c", "{ test -d my-course || rnncourse start my-course; } && exec rnncourse lab --no-browser my-course"]
