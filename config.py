"""Every setting of the SPD Production Manager: the administrators' manual.

How to change a setting: edit it here, or put it in `<instance>/config.py` (read after this file), or give
it in the environment as `SPD_<NAME>` (JSON for numbers, lists and tables). All settings are checked at the
start; every problem is listed at once. Units are in the names. With PRODUCTION = True the service refuses
to start with demo values.
"""

# --- The installation -------------------------------------------------------------------------------

# True on the server of the experiment: demo values, the debugger and the PanDA simulator are then refused.
PRODUCTION = False

# Name of this installation. It is written into the database at the first start; a database with another
# name is a copy and sends nothing to PanDA.
INSTANCE_ID = "spd-demo"

# Where people reach the service, without a final slash. Used for links in messages.
PUBLIC_URL = "http://127.0.0.1:8080"

# Host names the service answers to; a request with any other Host header gets 400.
TRUSTED_HOSTS = ["127.0.0.1", "localhost"]

# Number of reverse proxies (nginx) in front of the web server whose X-Forwarded-* headers are believed.
PROXIES = 0

# The database: empty means SQLite in the instance folder. PostgreSQL: "postgresql+psycopg://user@host/spd".
DATABASE_URL = ""

# File with the secret that signs cookies; empty means `secret_key` in the instance folder, made at the
# first start. At least 32 characters; readable by the service alone.
SECRET_KEY_FILE = ""

# Folder of the daily log files (create_send_YYYY-MM-DD.log); empty means `logs` in the instance folder.
LOG_FOLDER = ""

# --- People -----------------------------------------------------------------------------------------

# Role of somebody who registers: "viewer", "physicist", "manager" or "admin". In production only "viewer"
# or "physicist".
NEW_ACCOUNT_ROLE = "viewer"

# Shortest password, characters.
PASSWORD_MIN_LENGTH = 12

# A session ends after this long without a click, minutes. Pages that refresh themselves do not count.
SESSION_IDLE_MINUTES = 720

# A session ends this long after sign-in whatever happens, hours.
SESSION_ABSOLUTE_HOURS = 168

# Times are shown in this zone; UTC stands in the tooltip.
TIME_ZONE = "Europe/Moscow"

# --- PanDA: where it is and how we sign in ------------------------------------------------------------

# Address of the PanDA server without a path. https is required with a token, but for loopback addresses.
PANDA_URL = "http://127.0.0.1:8081"

# The Origin header: "<VO>:<role>". PanDA refuses tokens without it.
PANDA_ORIGIN = "spd.nica.jinr:production"

# File that holds the access token, kept fresh by an outside agent; read again when it changes. Either this
# or the three PANDA_TOKEN_URL, PANDA_CLIENT_ID and PANDA_CLIENT_SECRET_FILE.
PANDA_TOKEN_FILE = ""

# Token endpoint of spd-iam for the client-credentials grant.
PANDA_TOKEN_URL = "http://127.0.0.1:8081/simulator/token"  # noqa: S105  an address, not a secret

# Name of our client at that endpoint.
PANDA_CLIENT_ID = "spd-demo-producer"

# File with the client's secret; empty means `panda_client_secret` in the instance folder.
PANDA_CLIENT_SECRET_FILE = ""

# Scopes asked for, separated by blanks; empty sends none.
PANDA_TOKEN_SCOPE = ""

# File or folder of certificates that PanDA's certificate must chain to; empty means the system's.
PANDA_CA_BUNDLE = ""

# Longest wait for a connection, for the whole of one command, for the whole of one query; seconds.
PANDA_CONNECT_SECONDS = 3.0
PANDA_COMMAND_SECONDS = 60.0
PANDA_QUERY_SECONDS = 60.0

# PanDA documents that a 503 comes before anything was done. False treats it as an unknown outcome.
PANDA_503_MEANS_NOT_SENT = True

# Links to the PanDA monitor; empty shows none. {task_id} is PanDA's task id.
PANDA_MONITOR_TASK_URL = ""

# --- PanDA: what every task says ------------------------------------------------------------------------

# userName of all our tasks at PanDA: one constant ASCII name for the installation. Never change it while
# tasks run: it is half of JEDI's duplicate key and the filter of the bulk query.
PANDA_USER_NAME = "spdprod demo"

# Virtual organisation (32 characters at most) and working group (32).
PANDA_VO = "spd.nica.jinr"
PANDA_WORKING_GROUP = "spd.nica.jinr"

# Label of production tasks (20 characters at most).
PANDA_PROD_SOURCE_LABEL = "managed"

# Priority of a new task; higher runs sooner.
PANDA_PRIORITY = 900

# Architecture (256 characters at most), cloud (10) and site (60).
PANDA_ARCHITECTURE = "x86_64"
PANDA_CLOUD = "RU"
PANDA_SITE = "JINR_SPD_TEST"

# --- Scheduled work: sending --------------------------------------------------------------------------

# How often queued tasks are looked for, seconds.
DELIVER_EVERY_SECONDS = 2

# First and longest wait after PanDA could not be reached, seconds. The wait doubles each time.
DELIVER_RETRY_SECONDS = 10
DELIVER_RETRY_MAX_SECONDS = 600

# How often tasks whose answer was lost are looked for at PanDA, seconds.
RECONCILE_EVERY_SECONDS = 20

# Quiet time before "not found" begins to count, and between two looks that count, minutes.
RECONCILE_QUIET_MINUTES = 60
RECONCILE_PASS_MINUTES = 10

# Looks without a find (each with its positive control) before a person is asked.
RECONCILE_PASSES = 3

# A person is asked too when no positive control was possible for this long, minutes.
RECONCILE_NO_CONTROL_MINUTES = 120

# How many task ids above the last known one are searched for our key.
RECONCILE_ID_WINDOW = 200

# True sends a task that was not found once more by itself, with the same name.
RESEND_AUTOMATICALLY = False

# --- Scheduled work: following ------------------------------------------------------------------------

# How often states are read from PanDA, seconds.
REFRESH_EVERY_SECONDS = 60

# How far back "modified since" looks, hours. PanDA sets its times up to 6 hours back: 7 at least.
REFRESH_OVERLAP_HOURS = 8

# Running tasks have their progress read again after this long, seconds; at most so many a cycle.
REFRESH_PROGRESS_SECONDS = 60
REFRESH_DETAILS_PER_CYCLE = 200

# A task PanDA's list did not show is asked for by its id after this long, minutes.
REFRESH_SWEEP_MINUTES = 15

# Calls that only read are kept this long, days; commands are kept for ever.
CALL_READS_KEEP_DAYS = 14

# The header turns amber, then red, when a piece of scheduled work had no success for this long, seconds
# (added to its own interval).
HEARTBEAT_AMBER_SECONDS = 30
HEARTBEAT_RED_SECONDS = 90

# --- Pages --------------------------------------------------------------------------------------------

# Tasks or calls on one page of a list.
LIST_PAGE_SIZE = 25

# Counts above this are said as "more than"; counting further would read the whole table.
COUNT_LIMIT = 10000

# --- Size of a task -----------------------------------------------------------------------------------

# Limits of total events and total jobs: beyond them a task is refused.
MAX_EVENTS = 10_000_000_000
MAX_JOBS = 100_000

# From here on the form asks whether it is meant: jobs above, events per job at most.
WARN_JOBS_ABOVE = 10_000
WARN_EVENTS_PER_JOB_UP_TO = 1
