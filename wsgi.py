"""What the web server loads: `gunicorn wsgi:app`."""

import logging
import sys

from app import create_app
from app.logs import configure_logs
from app.settings import SettingsError

# Gunicorn starts a worker that ended anew, for ever, but for this exit code.
APP_LOAD_ERROR = 4

try:
    app = create_app()
    configure_logs(app.config["LOG_FORMAT"], logging.WARNING)
except SettingsError as error:
    print(error, file=sys.stderr)
    sys.exit(APP_LOAD_ERROR)
