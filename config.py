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
# name is a copy and sends nothing to PanDA. 1 to 64 characters.
INSTANCE_ID = "spd-demo"

# Where people reach the service, without a path or a final slash. Used for links in messages.
PUBLIC_URL = "http://127.0.0.1:8080"

# Host names the service answers to, that of PUBLIC_URL among them; any other Host header gets 400.
TRUSTED_HOSTS = ["127.0.0.1", "localhost"]

# Number of reverse proxies (nginx) in front of the web server whose X-Forwarded-* headers are believed.
PROXIES = 0

# The database: empty means SQLite in the instance folder. PostgreSQL: "postgresql+psycopg://user@host/spd".
# Another file of SQLite: "sqlite:////folder/spd.sqlite".
DATABASE_URL = ""

# File with the secret that signs cookies; empty means `secret_key` in the instance folder, made at the
# first start. At least 32 characters; readable by the service alone.
SECRET_KEY_FILE = ""

# Folder of the daily log files (create_send_YYYY-MM-DD.log); empty means `logs` in the instance folder.
LOG_FOLDER = ""

# How the log of both programs looks: "plain", a line for people; "json", one object a line with the ids of
# request, person, task, command and PanDA's task, the work and the epoch where they are known.
LOG_FORMAT = "plain"

# File with the token (20 characters or more) that /metrics asks for as "Authorization: Bearer …". Empty: only
# this machine may read /metrics, and nothing that comes through a proxy (see PROXIES).
METRICS_TOKEN_FILE = ""

# --- People -----------------------------------------------------------------------------------------

# Role of a new account that neither an admin nor a group of spd-iam has given another: "viewer",
# "physicist", "manager" or "admin". In production only "viewer" or "physicist".
NEW_ACCOUNT_ROLE = "viewer"

# Whom a new person asks for another role: a name, an address or a page. Shown after registration.
WHO_GIVES_ROLES = {"en": "an administrator of this service", "ru": "администратора этого сервиса"}

# Shortest password, characters.
PASSWORD_MIN_LENGTH = 12

# Words everybody here would try: a password must not be made of them. Small letters.
PASSWORD_CONTEXT_WORDS = ["spd", "nica", "jinr", "dubna", "panda", "spin", "production", "manager", "physics"]

# A session ends after this long without a click, minutes. Pages that refresh themselves do not count.
SESSION_IDLE_MINUTES = 720

# A session ends this long after sign-in whatever happens, hours: with a password, and through spd-iam.
# The second is how long somebody who is removed from spd-iam can stay.
SESSION_ABSOLUTE_HOURS = 168
IAM_SESSION_HOURS = 12

# Changing a password, an address, the second factor or a role asks for a proof of who you are that is not
# older than this, minutes.
PROOF_KEEPS_MINUTES = 15

# Passwords tried for one account by browsers that never signed in to it (and, counted apart, by each one
# that did): at most so many within so many minutes, by username and by e-mail address half of them each. More
# are refused unread.
SIGN_IN_TRIES = 10
SIGN_IN_TRIES_MINUTES = 5

# Tries from one address for all accounts together, within SIGN_IN_TRIES_MINUTES; a whole institute may
# share an address.
SIGN_IN_TRIES_PER_ADDRESS = 200

# Registrations and mails with links asked for from one address, within an hour.
MAILS_PER_ADDRESS_AND_HOUR = 30

# Roles that must have a second factor (an app with six-digit codes) to sign in with a password. Who comes
# through spd-iam is checked there.
SECOND_FACTOR_FOR: list[str] = []

# What was seen at the door (sign-ins, refusals, changes of roles) is kept this long, days.
ACCOUNT_EVENTS_KEEP_DAYS = 365

# --- People: spd-iam --------------------------------------------------------------------------------

# Issuer of the identity provider (OpenID Connect), exactly as it calls itself; empty: no such sign-in.
# https, but for loopback addresses. Our address to be entered there: <PUBLIC_URL>/iam/callback
IAM_ISSUER = ""

# Its name on the buttons.
IAM_NAME = "spd-iam"

# Our client there, and the file with its secret; empty means `iam_client_secret` in the instance folder.
IAM_CLIENT_ID = ""
IAM_CLIENT_SECRET_FILE = ""

# What is asked for, separated by blanks. Groups need "wlcg.groups" where the provider speaks that profile.
IAM_SCOPES = "openid profile email"

# How it signs its tokens; anything else is refused, whatever it says of itself.
IAM_ALGORITHMS = ["RS256"]

# File or folder of certificates that its certificate must chain to; empty means the system's.
IAM_CA_BUNDLE = ""

# Longest wait for all it answers in one sign-in, seconds.
IAM_SECONDS = 5.0

# Groups at the provider and the role each gives; the strongest counts, read again at every sign-in.
# Somebody in none of them gets NEW_ACCOUNT_ROLE.
IAM_GROUP_ROLES = {
    "spd": "viewer",
    "spd/physicists": "physicist",
    "spd/production": "manager",
    "spd/production/admins": "admin",
}

# --- Mail -------------------------------------------------------------------------------------------

# Mail server. Empty: messages are written into the folder `mail` of the instance instead of being sent,
# for a demo; refused in production.
MAIL_SERVER = ""
MAIL_PORT = 587

# "starttls", "tls" or "none"; "none" only for loopback addresses.
MAIL_SECURITY = "starttls"

# Sign-in at the mail server, if it asks for one: name, and the file with the password.
MAIL_USERNAME = ""
MAIL_PASSWORD_FILE = ""

# File or folder of certificates that the server's certificate must chain to; empty means the system's.
MAIL_CA_BUNDLE = ""

# Sender of our messages.
MAIL_FROM = "SPD Production Manager <spd-production@localhost>"

# Longest wait for the mail server, seconds; how often the queue is looked at, seconds; first and longest
# wait after a failure, seconds; when to give up, hours.
MAIL_SECONDS = 20.0
MAIL_EVERY_SECONDS = 3
MAIL_RETRY_SECONDS = 30
MAIL_RETRY_MAX_SECONDS = 900
MAIL_GIVE_UP_HOURS = 48

# Links in mails: to set a new password, minutes; to confirm an address, hours. An account whose address is
# not confirmed until then is deleted. The link of `flask admin create` lives as long as the second.
RESET_LINK_MINUTES = 60
CONFIRM_LINK_HOURS = 24

# --- Pages: times -----------------------------------------------------------------------------------

# Times are shown in this zone, but for people who chose another; UTC stands in the tooltip.
TIME_ZONE = "Europe/Moscow"

# --- PanDA: where it is and how we sign in ------------------------------------------------------------

# Address of the PanDA server without a path. https is required with a token, but for loopback addresses.
# As long as it is this one, `make run` starts the simulator and uses that instead.
PANDA_URL = "http://127.0.0.1:8081"

# The Origin header: "<VO>:<role>". PanDA refuses tokens without it.
PANDA_ORIGIN = "spd.nica.jinr:production"

# File that holds the access token, kept fresh by an outside agent; read again when it changes. Either this
# or the three PANDA_TOKEN_URL, PANDA_CLIENT_ID and PANDA_CLIENT_SECRET_FILE.
PANDA_TOKEN_FILE = ""

# Token endpoint of spd-iam for the client-credentials grant; https too, but for loopback addresses.
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
PANDA_COMMAND_SECONDS = 58.0
PANDA_QUERY_SECONDS = 58.0

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

# Lowest and highest priority that people may give a task that runs.
PRIORITY_LOWEST = 0
PRIORITY_HIGHEST = 1000

# Architecture (256 characters at most), cloud (10) and site (60).
PANDA_ARCHITECTURE = "x86_64"
PANDA_CLOUD = "RU"
PANDA_SITE = "JINR_SPD_TEST"

# --- Scheduled work: sending --------------------------------------------------------------------------

# How often queued tasks are looked for, seconds.
DELIVER_EVERY_SECONDS = 2

# A submitted task is not sent before so many seconds have passed: that long it can be taken back for sure.
SECONDS_TO_UNDO = 5

# First and longest wait after PanDA could not be reached, seconds. The wait doubles each time; until it is
# over nothing is sent, so a PanDA that is away gets one try a minute.
DELIVER_RETRY_SECONDS = 10
DELIVER_RETRY_MAX_SECONDS = 60

# Tasks sent to PanDA within a minute, at most; 0 means without a limit.
SUBMISSIONS_PER_MINUTE = 600

# After so many sends in a row whose answer was lost delivery pauses, or each queued task would become a lost
# one. It goes on after this long, seconds, if PanDA answers then, with one send.
UNANSWERED_SENDS_LIMIT = 5
UNANSWERED_REST_SECONDS = 300

# File in which each send is noted before it is made; empty means `sent.journal` in the instance folder. It is
# how a database that was restored from a backup, or copied, is told from the true one: put it on another disk
# than the database and never into a backup. Where several machines may do the scheduled work they share it.
SENT_JOURNAL = ""

# How long a second task at PanDA with the key of one of ours is looked for after that was sent again, and a
# task that was given up, days.
DUPLICATE_WATCH_DAYS = 7

# How often that is done, seconds. A single task is looked for less and less often: at first after
# RECONCILE_PASS_MINUTES, at last every so many hours.
WATCH_EVERY_SECONDS = 30
WATCH_LONGEST_HOURS = 12

# Tasks of our userName in PanDA's list that the database does not know have their parameters read, so many
# in one refresh: one with our key tells that the database was restored.
REFRESH_STRANGERS_PER_CYCLE = 5

# The effect of what PanDA was asked to do with a task (kill, pause, …) is waited for this long, minutes.
# PanDA carries it out within a minute, or not at all.
COMMAND_WATCH_MINUTES = 30

# A kill whose effect is not seen after so many minutes is asked for again, at most so many times: killing
# twice does no harm. Nothing else is ever asked for twice.
COMMAND_AGAIN_MINUTES = 3
COMMAND_AGAIN_TIMES = 5

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

# --- Chains -------------------------------------------------------------------------------------------

# A task that has ended with part of its jobs done lets its children be sent by itself if at least so many
# percent of them are; 0: a person decides each time.
PART_ACCEPTED_FROM_PERCENT = 0

# Chains that can be planned: name (stands in addresses), label, and steps: data types of RECIPES, each among
# the next_steps of the one before. The first is what the form begins with.
CHAINS = [
    {
        "name": "simulation",
        "label": {"en": "Simulation to analysis data", "ru": "От моделирования до данных для анализа"},
        "steps": ["SIMULATION", "RECO", "AOD"],
    },
    {
        "name": "generation",
        "label": {"en": "Generation to analysis data", "ru": "От генерации до данных для анализа"},
        "steps": ["EVGEN", "SIMULATION", "RECO", "AOD"],
    },
    {
        "name": "reconstruction",
        "label": {"en": "Reconstruction to analysis data", "ru": "От реконструкции до данных для анализа"},
        "steps": ["RECO", "AOD"],
    },
]

# Tasks of one plan, at most.
PLAN_SIZE = 400

# Cores that the jobs of a task get at once, for the estimate of its time.
PLAN_CORES_LIMIT = 1000

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
# (added to its own interval). With the 10 s of a page that looks again, 20 shows it within 90 s.
HEARTBEAT_AMBER_SECONDS = 20
HEARTBEAT_RED_SECONDS = 90

# --- Alarms -------------------------------------------------------------------------------------------
# `flask alarm check`, run each minute by a timer (docs/deploy), looks at the database and mails what is new
# to the administrators. The same limits decide what /healthz says. HEARTBEAT_RED_SECONDS counts too.

# Who is told beside the active administrators that have an address: a list of addresses, in English.
ALARM_MAIL_TO: list[str] = []

# No answer of PanDA for so long; something waits to be sent for so long; it is not known for so long whether
# PanDA has something. Minutes.
ALARM_PANDA_MINUTES = 10
ALARM_WAITING_MINUTES = 60
ALARM_UNDECIDED_MINUTES = 120

# --- Pages --------------------------------------------------------------------------------------------

# Tasks or calls on one page of a list.
LIST_PAGE_SIZE = 25

# Counts above this are said as "more than"; counting further would read the whole table.
COUNT_LIMIT = 10000

# Saved views of the list of tasks that one person may keep.
SAVED_VIEWS_LIMIT = 100

# Presets of form values that one person may keep.
PRESETS_LIMIT = 100

# A pasted list of names that is too long for an address is kept this long after it was pasted, days; for as
# long as a saved view names it in any case.
PASTED_LISTS_KEEP_DAYS = 180

# Tasks that one action may be on: ticked, or all that the filters find.
BULK_SIZE = 1000

# Actions on many tasks are kept for a look at who did what this long after they ended, days.
BULK_KEEP_DAYS = 180

# --- Labels and comments ------------------------------------------------------------------------------
# Tags, campaign and request are words by which people find tasks. They never go to PanDA.

# The campaigns a task can be for, each of 1 to 64 characters. Empty: any word that fits CAMPAIGN_PATTERN.
CAMPAIGNS: list[str] = []

# A campaign where there is no list: a regular expression for the whole of it, and what the form shows.
CAMPAIGN_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
CAMPAIGN_EXAMPLE = "2026-spring"

# The id of a request in the tracker of the experiment: a regular expression for the whole of it, and an
# example. 64 characters at most in any case.
REQUEST_PATTERN = "[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}"
REQUEST_EXAMPLE = "SPDPROD-123"

# Address of a request in that tracker, {request} in it; empty shows the bare id.
REQUEST_URL = ""

# Whoever wrote a comment can change its words for so long, minutes. Deleting it is possible at any time.
COMMENT_EDIT_MINUTES = 15

# Comments one person can write within an hour.
COMMENTS_PER_PERSON_AND_HOUR = 60

# --- Size of a task -----------------------------------------------------------------------------------

# Limits of total events and total jobs: beyond them a task is refused.
MAX_EVENTS = 10_000_000_000
MAX_JOBS = 100_000

# From here on the form asks whether it is meant: jobs above, events per job at most.
WARN_JOBS_ABOVE = 10_000
WARN_EVENTS_PER_JOB_UP_TO = 1

# --- Many tasks from a file ---------------------------------------------------------------------------

# Rows of one table, at most: each becomes a task. 10 000 and no more.
IMPORT_ROWS_LIMIT = 1000

# Its text in UTF-8, bytes, at most; 10 000 000 and no more. A page that is sent may be three times as large,
# for it holds the text that was there before and a new file: a reverse proxy has to let that through.
IMPORT_BYTES_LIMIT = 1_000_000

# --- Test first ---------------------------------------------------------------------------------------
# A person may have one small job sent first, the twin; the task waits until it is done.

# Events of a twin, at most; no more than events_per_job of the recipe.
TWIN_EVENTS = 100

# The name of a twin: that of the task with this mark at the end of this field, a text of the naming
# convention with "is_label".
TWIN_FIELD = "dataset"
TWIN_MARK = "_test"

# --- Approval -----------------------------------------------------------------------------------------

# True: what a physicist submits waits until a production manager approves it. Those who may approve do so
# with their own tasks by submitting them. Switched off again, what waits is sent.
APPROVAL_NEEDED = False

# Only tasks of at least so many jobs need it; 0: all.
APPROVAL_FROM_JOBS = 0

# --- The naming convention ----------------------------------------------------------------------------
# The name of a task is its fields in the order below, joined by the separator. It is split again from both
# ends; the one field with "holds_separator" takes what remains. A task keeps the version it was named by:
# to change the convention, add a table with the next version at the end and leave the old ones alone.
#
# A convention: version; separator ("." "_" or "-"); max_length of the whole name, characters (PanDA takes
#   256, names of outputs are longer than the task's); fields; rules.
# A field: name (small letters; what recipes and filters call it); label, help {"en": …, "ru": …}; example;
#   kind: "integer", "decimal" (13.5, written 13p5 in the name), "text", or "choice" (of its vocabulary);
#   max_length, characters; unit. Everything is made of A-Z a-z 0-9 _ - whatever stands here.
#   Numbers are refused unless: above < number, minimum <= number <= maximum; the form asks outside of
#   usual_minimum, usual_maximum, usual_years_ahead (years after the present one), and, with
#   is_collision_energy, outside the range of the collision system.
#   is_label: the field says nothing of the physics. Names that differ only in such fields are of one sample:
#   the form asks whether it is to be extended instead. Tasks keep what was so when they were made or changed.
#   Text: pattern is a regular expression for the whole of it.
#   Choices: vocabulary; unlisted is "error" (refuse other words) or "warning" (ask); is_provisional says
#   that the list is not the experiment's last word.
# A rule: values that do not go together. code; when: fields, each with a list of values, or for numbers with
#   bounds {"minimum": …, "maximum": …, "years_ahead": …} (later than so many years after the present one);
#   all must be met; "collision" is there the code of one of COLLISION_SYSTEMS, and where none was chosen the
#   rule only asks; field that is blamed; level "error" (refuse) or "warning" (ask); text: why, and how
#   to mend it. What is certain is an error, what is only likely a warning. A rule on years and energies:
#   {"source": ["Data"], "year": {"maximum": 2030}, "energy": {"minimum": "10.1"}}.
#
# SPD publishes no list of polarizations or processing steps: these vocabularies are to be confirmed.
_polarized = ["LL", "TT", "UL", "LU", "UT", "TU", "LT", "TL", "ZU", "UZ", "ZZ"]
NAMING_CONVENTIONS = [
    {
        "version": 1,
        "separator": ".",
        "max_length": 200,
        "fields": [
            {
                "name": "year",
                "label": {"en": "Year", "ru": "Год"},
                "help": {
                    "en": "Year of data taking, or of the production for Monte Carlo.",
                    "ru": "Год набора данных, а для Монте-Карло — год моделирования.",
                },
                "example": "2026",
                "kind": "integer",
                "max_length": 12,
                "minimum": 2000,
                "maximum": 2100,
                "usual_minimum": 2020,
                "usual_years_ahead": 1,
            },
            {
                "name": "source",
                "label": {"en": "Data source", "ru": "Источник данных"},
                "help": {
                    "en": "Monte Carlo or data of the detector.",
                    "ru": "Монте-Карло или данные детектора.",
                },
                "example": "MC",
                "kind": "choice",
                "max_length": 20,
                "vocabulary": [
                    {"value": "MC", "label": {"en": "Monte Carlo", "ru": "Монте-Карло"}},
                    {"value": "Data", "label": {"en": "detector data", "ru": "данные детектора"}},
                ],
            },
            {
                "name": "energy",
                "label": {"en": "Energy", "ru": "Энергия"},
                "help": {
                    "en": "Centre-of-mass energy of the collision; for nuclei, per nucleon pair."
                    " 13.5 becomes 13p5 in the name.",
                    "ru": "Энергия столкновения в системе центра масс; для ядер — на пару нуклонов."
                    " 13.5 в имени пишется 13p5.",
                },
                "example": "27",
                "kind": "decimal",
                "max_length": 12,
                "unit": {"en": "GeV", "ru": "ГэВ"},
                "above": 0,
                "is_collision_energy": True,
            },
            {
                "name": "polarization",
                "label": {"en": "Polarization", "ru": "Поляризация"},
                "help": {
                    "en": "Polarization of the two beams: U none, L longitudinal, T transverse, Z tensor.",
                    "ru": "Поляризация двух пучков: U — нет, L — продольная, T — поперечная, Z — тензорная.",
                },
                "example": "UU",
                "kind": "choice",
                "max_length": 30,
                "unlisted": "warning",
                "is_provisional": True,
                "vocabulary": [
                    {"value": "UU", "label": {"en": "unpolarized", "ru": "без поляризации"}},
                    {
                        "value": "LL",
                        "label": {"en": "both longitudinal", "ru": "оба пучка поляризованы продольно"},
                    },
                    {
                        "value": "TT",
                        "label": {"en": "both transverse", "ru": "оба пучка поляризованы поперечно"},
                    },
                    {
                        "value": "UL",
                        "label": {
                            "en": "second beam longitudinal",
                            "ru": "второй пучок поляризован продольно",
                        },
                    },
                    {
                        "value": "LU",
                        "label": {
                            "en": "first beam longitudinal",
                            "ru": "первый пучок поляризован продольно",
                        },
                    },
                    {
                        "value": "UT",
                        "label": {
                            "en": "second beam transverse",
                            "ru": "второй пучок поляризован поперечно",
                        },
                    },
                    {
                        "value": "TU",
                        "label": {
                            "en": "first beam transverse",
                            "ru": "первый пучок поляризован поперечно",
                        },
                    },
                    {
                        "value": "LT",
                        "label": {
                            "en": "first beam longitudinal, second transverse",
                            "ru": "первый пучок поляризован продольно, второй — поперечно",
                        },
                    },
                    {
                        "value": "TL",
                        "label": {
                            "en": "first beam transverse, second longitudinal",
                            "ru": "первый пучок поляризован поперечно, второй — продольно",
                        },
                    },
                    {
                        "value": "ZU",
                        "label": {
                            "en": "first beam of deuterons with tensor polarization",
                            "ru": "тензорная поляризация дейтронов первого пучка",
                        },
                    },
                    {
                        "value": "UZ",
                        "label": {
                            "en": "second beam of deuterons with tensor polarization",
                            "ru": "тензорная поляризация дейтронов второго пучка",
                        },
                    },
                    {
                        "value": "ZZ",
                        "label": {
                            "en": "both beams of deuterons with tensor polarization",
                            "ru": "тензорная поляризация дейтронов обоих пучков",
                        },
                    },
                    {
                        "value": "polarizationType1",
                        "label": {"en": "name used by the prototype", "ru": "обозначение из прототипа"},
                    },
                ],
            },
            {
                "name": "description",
                "label": {"en": "Description", "ru": "Описание"},
                "help": {
                    "en": "What is produced, in one word: minbias, Jpsi_mumu, open_charm.",
                    "ru": "Что получается, одним словом: minbias, Jpsi_mumu, open_charm.",
                },
                "example": "minbias",
                "kind": "text",
                "max_length": 60,
            },
            {
                "name": "run",
                "label": {"en": "Run number", "ru": "Номер рана"},
                "help": {
                    "en": "Number of the run: of data taking, or the one the simulation stands for.",
                    "ru": "Номер рана набора данных или того, который воспроизводит моделирование.",
                },
                "example": "59",
                "kind": "integer",
                "max_length": 12,
                "minimum": 0,
                "maximum": 999_999_999,
                "usual_minimum": 1,
            },
            {
                "name": "data_type",
                "label": {"en": "Data type", "ru": "Тип данных"},
                "help": {
                    "en": "What the task makes. It chooses the recipe: the software and its parameters.",
                    "ru": "Что производит задача. Этим выбирается рецепт: программа и её параметры.",
                },
                "example": "SIMULATION",
                "kind": "choice",
                "max_length": 30,
                "is_provisional": True,
                "vocabulary": [
                    {"value": "EVGEN", "label": {"en": "event generation", "ru": "генерация событий"}},
                    {
                        "value": "SIMULATION",
                        "label": {
                            "en": "generation and simulation of the detector",
                            "ru": "генерация и моделирование детектора",
                        },
                    },
                    {"value": "RECO", "label": {"en": "reconstruction", "ru": "реконструкция"}},
                    {"value": "AOD", "label": {"en": "data for analysis", "ru": "данные для анализа"}},
                ],
            },
            {
                "name": "dataset",
                "label": {"en": "Dataset name", "ru": "Имя набора данных"},
                "help": {
                    "en": "Your own name for the dataset. Dots may stand inside it.",
                    "ru": "Ваше имя набора данных. Внутри него допустимы точки.",
                },
                "example": "myDataset.123456.name",
                "kind": "text",
                "max_length": 100,
                "holds_separator": True,
                "is_label": True,
            },
            {
                "name": "version",
                "label": {"en": "Version", "ru": "Версия"},
                "help": {
                    "en": "1 at first. A name is used once: a repetition takes the next version.",
                    "ru": "Сначала 1. Имя используется один раз: для повтора возьмите следующую версию.",
                },
                "example": "1",
                "kind": "integer",
                "max_length": 12,
                "minimum": 1,
                "maximum": 9999,
                "usual_maximum": 99,
                "is_label": True,
            },
        ],
        "rules": [
            {
                "code": "detector_data_are_not_generated",
                "when": {"source": ["Data"], "data_type": ["EVGEN", "SIMULATION"]},
                "field": "data_type",
                "level": "error",
                "text": {
                    "en": "Detector data are neither generated nor simulated."
                    " Choose the source MC or another data type.",
                    "ru": "Данные детектора не генерируют и не моделируют."
                    " Выберите источник MC или другой тип данных.",
                },
            },
            {
                # For the day when raw data have a type of their own.
                "code": "simulation_makes_no_raw_data",
                "when": {"source": ["MC"], "data_type": ["RAW"]},
                "field": "data_type",
                "level": "error",
                "text": {
                    "en": "Only the detector makes raw data. Choose the source Data or another data type.",
                    "ru": "Сырые данные даёт только детектор. Выберите источник Data или другой тип данных.",
                },
            },
            {
                "code": "data_of_a_year_to_come",
                "when": {"source": ["Data"], "year": {"years_ahead": 0, "maximum": 2100}},
                "field": "year",
                "level": "warning",
                "text": {
                    "en": "Detector data of a year that has not begun do not exist yet."
                    " Correct the year, or choose the source MC.",
                    "ru": "Данных детектора за год, который ещё не начался, нет."
                    " Исправьте год или выберите источник MC.",
                },
            },
            {
                "code": "data_without_a_run",
                "when": {"source": ["Data"], "run": ["0"]},
                "field": "run",
                "level": "error",
                "text": {
                    "en": "Detector data belong to a run, and runs are counted from 1. Give its number.",
                    "ru": "Данные детектора относятся к рану, а раны нумеруются с 1. Укажите его номер.",
                },
            },
            {
                # Spin 1/2 has no tensor polarization: it takes spin 1.
                "code": "protons_without_tensor_polarization",
                "when": {"collision": ["pp"], "polarization": ["ZU", "UZ", "ZZ"]},
                "field": "polarization",
                "level": "error",
                "text": {
                    "en": "Protons have spin 1/2 and no tensor polarization; deuterons do."
                    " Choose the collision system dd, or another polarization.",
                    "ru": "У протонов спин 1/2, тензорной поляризации у них нет; она бывает у дейтронов."
                    " Выберите столкновение dd или другую поляризацию.",
                },
            },
            {
                "code": "first_beam_of_protons",
                "when": {"collision": ["pd"], "polarization": ["ZU", "ZZ"]},
                "field": "polarization",
                "level": "warning",
                "text": {
                    "en": "In proton–deuteron collisions the first beam is taken to be the protons, which"
                    " have no tensor polarization. UZ is that of the deuterons. Is it meant so?",
                    "ru": "В столкновениях протон–дейтрон первым считается пучок протонов, а тензорной"
                    " поляризации у них нет. Для дейтронов пишут UZ. Так и задумано?",
                },
            },
            {
                "code": "nuclei_without_spin",
                "when": {"collision": ["CC", "CaCa"], "polarization": _polarized},
                "field": "polarization",
                "level": "error",
                "text": {
                    "en": "Nuclei of carbon-12 and calcium-40 have no spin and cannot be polarized."
                    " Choose UU, or another collision system.",
                    "ru": "У ядер углерода-12 и кальция-40 нет спина, поляризовать их нельзя."
                    " Выберите UU или другое столкновение.",
                },
            },
            {
                "code": "polarization_without_beams",
                "when": {"collision": ["none"], "polarization": _polarized},
                "field": "polarization",
                "level": "warning",
                "text": {
                    "en": "Without colliding beams there is nothing to polarize: usually UU. Is it meant so?",
                    "ru": "Без сталкивающихся пучков поляризовать нечего: обычно UU. Так и задумано?",
                },
            },
        ],
    },
]

# What collides, for the check of the energy; it is no part of the name. minimum and maximum are the energies
# SPD can have, GeV per nucleon pair; outside of them the form asks. Where a person chooses none, the first is
# assumed. Sources: pp and dd indico.cern.ch/event/1436959; lowest energy of the first stage dlnp.jinr.ru,
# 20.01.2021; ions as deuterons, having the same Z/A; pd is to be confirmed.
COLLISION_SYSTEMS = [
    {
        "code": "pp",
        "label": {"en": "proton–proton", "ru": "протон–протон"},
        "minimum": "3.4",
        "maximum": 27,
    },
    {
        "code": "dd",
        "label": {"en": "deuteron–deuteron", "ru": "дейтрон–дейтрон"},
        "minimum": "3.4",
        "maximum": "13.5",
    },
    {
        "code": "pd",
        "label": {"en": "proton–deuteron", "ru": "протон–дейтрон"},
        "minimum": "3.4",
        "maximum": 19,
    },
    {
        "code": "CC",
        "label": {"en": "carbon–carbon", "ru": "углерод–углерод"},
        "minimum": "3.4",
        "maximum": "13.5",
    },
    {
        "code": "CaCa",
        "label": {"en": "calcium–calcium", "ru": "кальций–кальций"},
        "minimum": "3.4",
        "maximum": "13.5",
    },
    {
        "code": "none",
        "label": {
            "en": "no collision: single particles, cosmic rays",
            "ru": "без столкновения: одиночные частицы, космические лучи",
        },
    },
]

# --- Recipes ------------------------------------------------------------------------------------------
# What PanDA runs for each data type.
#
# label {"en": …, "ru": …}; transformation: what the jobs execute inside the container, path or address (128
#   characters at most); software (64) and software_home (128): PanDA's transUses and transHome; container
#   (200); processing_type (64): PanDA's choice of shares goes by it; core_count; ram_mb of a job, MB;
#   max_attempt: tries of a job.
# input: "none" (generation) or "dataset". A task with a parent reads the dataset named as its parent;
#   input_dataset {source: dataset} is read by a task without one; a source not listed demands a parent.
# seeds: True where jobs draw random numbers. Each task then gets a range of seeds of its own, sent as
#   "offset": "%(seed_offset)s"; seed_maximum is the generator's limit (Pythia 8: 900 000 000).
# with_parent: what is different where the task has a parent, whose output it then reads.
# next_steps: data types that may read what this one makes.
# events_per_job: what a plan suggests; cpu_seconds_per_event, kilobytes_per_event (of output): what it
#   estimates with, until tasks of the same kind have been measured.
# max_events, max_jobs: limits of one task where they are lower than MAX_EVENTS and MAX_JOBS.
# few_events_per_job: the form asks where each of several jobs has no more than these. job_hours: how long a
#   job may take at the sites, hours; where it would take longer, by cpu_seconds_per_event, the form asks, and
#   says how many jobs would fit. None of these is sent to PanDA.
# job_parameters, log: PanDA's items (panda-docs, task parameters), joined with blanks to the command line.
#   %(field)s is a field of the name; there are also %(name)s, %(energy_in_name)s (13p5), %(events)s,
#   %(jobs)s, %(events_per_job)s and %(input_dataset)s. ${…} is filled in by PanDA: ${RNDMSEED},
#   ${FIRSTEVENT} and ${MAXEVENTS} in items of param_type "number", ${IN} in an input, ${SN}, the six-digit
#   number of a file, in outputs and the log. The name of a file is all that follows the last "=".
#   The item with ${FIRSTEVENT} needs "offset": "%(event_offset)s"; without it the events of a task that
#   extends a sample are numbered from 1 like those of the first.
# extra: further keys of PanDA's task parameters, as they are.
#
# To be confirmed: SPD publishes no wrapper that turns such switches into a call of spdroot.py. The container
# is the public one; the transformation is a name for the wrapper to be installed.
_spdroot = {
    "transformation": "/cvmfs/spd.jinr.ru/production/spdroot_transform.sh",
    "software": "SpdRoot-4.1.7.4",
    "software_home": "SPD",
    "container": "/cvmfs/spd.jinr.ru/images/spdroot-dev-4.1.7.4.sif",
    "core_count": 1,
    "ram_mb": 2000,
    "max_attempt": 3,
    # Public scripts of physicists ask for two days (GitHub, 2025).
    "job_hours": 48,
    "log": {
        "type": "template",
        "param_type": "log",
        "dataset": "%(name)s.log",
        "token": "local",
        "destination": "local",
        "value": "%(name)s.log.${SN}.log.tgz",
    },
    # No trial jobs before the rest: the recipes are tried already.
    "extra": {"skipScout": True},
}
_seed = {
    "type": "template",
    "param_type": "number",
    "value": "--seed=${RNDMSEED}",
    "offset": "%(seed_offset)s",
}
_event_range = [
    {
        "type": "template",
        "param_type": "number",
        "value": "--first=${FIRSTEVENT}",
        "offset": "%(event_offset)s",
    },
    {"type": "template", "param_type": "number", "value": "--n=${MAXEVENTS}"},
]
_beams = {"type": "constant", "value": "--energy=%(energy)s --polarization=%(polarization)s"}
_output = {
    "type": "template",
    "param_type": "output",
    "dataset": "%(name)s",
    "token": "local",
    "destination": "local",
    "value": "--output=%(name)s.${SN}.root",
}
# SpdRoot writes the parameters of the run into a file of its own, and the reconstruction needs it.
_parameters_output = {
    **_output,
    "dataset": "%(name)s.params",
    "value": "--parameters=%(name)s.params.${SN}.root",
}
_input = {
    "type": "template",
    "param_type": "input",
    "dataset": "%(input_dataset)s",
    "value": "--input=${IN}",
}
_name_before = "%(year)s.%(source)s.%(energy_in_name)s.%(polarization)s.%(description)s.%(run)s"

RECIPES = {
    "EVGEN": {
        **_spdroot,
        "label": {"en": "event generation (Pythia 8)", "ru": "генерация событий (Pythia 8)"},
        "processing_type": "evgen",
        "input": "none",
        "seeds": True,
        "seed_maximum": 900_000_000,
        "next_steps": ["SIMULATION"],
        "events_per_job": 10_000,
        "few_events_per_job": 100,
        "cpu_seconds_per_event": 0.02,
        "kilobytes_per_event": 5,
        "job_parameters": [
            {"type": "constant", "value": "--step=generation --process=%(description)s"},
            _beams,
            _seed,
            *_event_range,
            _output,
        ],
    },
    "SIMULATION": {
        **_spdroot,
        "label": {
            "en": "generation and simulation (SimuQslPy8.C)",
            "ru": "генерация и моделирование (SimuQslPy8.C)",
        },
        "processing_type": "simul",
        # SimuQslPy8.C generates and transports in one go.
        "input": "none",
        "seeds": True,
        "seed_maximum": 900_000_000,
        "next_steps": ["RECO"],
        "events_per_job": 1000,
        "few_events_per_job": 10,
        "cpu_seconds_per_event": 10,
        "kilobytes_per_event": 200,
        "job_parameters": [
            {"type": "constant", "value": "--macro=SimuQslPy8.C --process=%(description)s"},
            _beams,
            _seed,
            *_event_range,
            _output,
            _parameters_output,
        ],
        # After a generation of its own it only transports; it draws random numbers all the same.
        "with_parent": {
            "input": "dataset",
            "job_parameters": [
                {"type": "constant", "value": "--step=transport"},
                _beams,
                _seed,
                _input,
                _output,
                _parameters_output,
            ],
        },
    },
    "RECO": {
        **_spdroot,
        "label": {"en": "reconstruction (RecoEventFull.C)", "ru": "реконструкция (RecoEventFull.C)"},
        "processing_type": "reco",
        "input": "dataset",
        # Raw data have no agreed name yet: reconstructing them needs a parent.
        "input_dataset": {"MC": _name_before + ".SIMULATION.%(dataset)s.%(version)s"},
        "seeds": False,
        "next_steps": ["AOD"],
        "events_per_job": 4000,
        "few_events_per_job": 40,
        "cpu_seconds_per_event": 3,
        "kilobytes_per_event": 100,
        "job_parameters": [
            {"type": "constant", "value": "--macro=RecoEventFull.C"},
            _input,
            {
                **_input,
                "dataset": "%(input_dataset)s.params",
                "value": "--parameters=${IN2}",
                "ratio": 1,
            },
            _output,
        ],
    },
    "AOD": {
        **_spdroot,
        "label": {"en": "data for analysis", "ru": "данные для анализа"},
        "processing_type": "aod",
        "input": "dataset",
        "input_dataset": {
            "MC": _name_before + ".RECO.%(dataset)s.%(version)s",
            "Data": _name_before + ".RECO.%(dataset)s.%(version)s",
        },
        "seeds": False,
        "events_per_job": 20_000,
        "few_events_per_job": 200,
        "cpu_seconds_per_event": 0.1,
        "kilobytes_per_event": 10,
        "job_parameters": [
            {"type": "constant", "value": "--step=aod"},
            _input,
            _output,
        ],
    },
}
