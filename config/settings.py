"""Everything that differs between a laptop and a clinic comes from the environment; `.env.example` lists it.

A variable may also be given as a file: `SECRET_KEY_FILE=/run/secrets/key`.
"""

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

from config.admin_navigation import UNFOLD  # noqa: F401 (read by the staff pages)

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv(strip_whitespace=True)  # a file ends with a line break


def _read(read, name, **kwargs):
    """The value of a variable, or the end of the start with one sentence that names it."""
    try:
        return read(name, **kwargs)
    except (EnvError, ValueError) as error:
        reason = str(error).rstrip(".")
        sys.exit(f"Needlebook cannot start: the environment variable {name} is missing or malformed ({reason}).")


def _database(name):
    database = env.dj_db_url(name, conn_max_age=60, conn_health_checks=True)
    if database["ENGINE"] != "django.db.backends.postgresql":
        raise ValueError("only PostgreSQL is supported: postgresql://user:password@host:port/name")
    return database | {"ENGINE": "config.postgresql"}


def _address(name, schemes, needed):
    """The address as given. What `needed` says takes the place of a wrong one, which may hold a password."""
    address = env.str(name).rstrip("/")
    try:
        parts = urlsplit(address)
        right = parts.scheme in schemes and bool(parts.netloc or parts.scheme == "unix") and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise ValueError(needed)
    return address


def _redis(name):
    needed = "a Redis or Valkey address is needed: redis://host:port/0"
    return _address(name, {"redis", "rediss", "unix"}, needed)


def _public(name):
    needed = "the address under which people reach the clinic is needed: https://book.example.nz"
    return _address(name, {"http", "https"}, needed)


def _mail(name):
    email = env.dj_email_url(name)
    if not email.get("EMAIL_BACKEND"):
        raise ValueError("the address of a mail server is needed: smtp://user:password@mail.example.nz:587/?tls=True")
    return email


def _encrypted(name, needed):
    """Empty where it is not set. Without encryption only a stand-in on this machine is spoken to."""
    if not env.str(name, default=""):
        return ""
    address = _address(name, {"http", "https"}, needed)
    if address.startswith("http:") and urlsplit(address).hostname not in {"127.0.0.1", "localhost"}:
        raise ValueError(needed)
    return address


def _acc(name):
    return _encrypted(name, "the address of ACC's interface is needed: https://provider.example.nz/api/v2")


def _texts(name):
    needed = "the address of TNZ's interface for text messages is needed: https://api.tnz.co.nz/api/v2.04/HttpApi/SMS"
    return _encrypted(name, needed) or "https://api.tnz.co.nz/api/v2.04/HttpApi/SMS"


def _of_both(name, other):
    """Either alone sends nothing, and says so at the start and not with the first reminder."""
    token = env.str(name, default="")
    if bool(token) != bool(other):
        raise ValueError("SMS_SENDER and SMS_TOKEN are given together, or neither is")
    return token


def _secret(name):
    key = env.str(name)
    if len(key) < 32:
        raise ValueError("at least 32 characters are needed")
    return key


SECRET_KEY = _read(_secret, "SECRET_KEY")
DEBUG = _read(env.bool, "DEBUG", default=False)
ALLOWED_HOSTS = _read(env.list, "ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
SECURE_COOKIES = _read(env.bool, "SECURE_COOKIES", default=True)
# Limits are per address: behind proxies that is what the outermost trusted one says, never what a client claims.
TRUSTED_PROXIES = _read(env.int, "TRUSTED_PROXIES", default=0)
PUBLIC_URL = _read(_public, "PUBLIC_URL")
CSRF_TRUSTED_ORIGINS = _read(env.list, "CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
REDIS_URL = _read(_redis, "REDIS_URL")
DATABASES = {"default": _read(_database, "DATABASE_URL")}
_email = _read(_mail, "EMAIL_URL")
ACC_API_URL = _read(_acc, "ACC_API_URL")
ACC_API_KEY = _read(env.str, "ACC_API_KEY", default="")
# A file with the digital certificate and its key, as PEM.
ACC_API_CERTIFICATE = _read(env.str, "ACC_API_CERTIFICATE", default="")
SMS_SENDER = _read(env.str, "SMS_SENDER", default="")
SMS_TOKEN = _read(_of_both, "SMS_TOKEN", other=SMS_SENDER)
SMS_URL = _read(_texts, "SMS_URL")
SMS_TIMEOUT = 10
DEFAULT_FROM_EMAIL = _read(env.str, "DEFAULT_FROM_EMAIL", default="reception@needlebook.example")
MEDIA_ROOT = _read(env.str, "MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
# Beat touches this file whenever the queue has taken a task from it; its health check reads the file's age.
BEAT_TRACE = _read(env.str, "BEAT_TRACE", default=str(BASE_DIR / "var" / "run" / "beat"))
# How far the printer of this place puts the CMS-1500's data off the original form.
CLAIM_FORM_RIGHT_MM = _read(env.float, "CLAIM_FORM_RIGHT_MM", default=0.0)
CLAIM_FORM_DOWN_MM = _read(env.float, "CLAIM_FORM_DOWN_MM", default=0.0)
# Who we are at the clearing house for US claims, and who it is; files are marked as trials until told otherwise.
X12_SENDER_ID = _read(env.str, "CLEARING_HOUSE_SENDER", default="")
X12_RECEIVER_ID = _read(env.str, "CLEARING_HOUSE_RECEIVER", default="")
X12_RECEIVER_NAME = _read(env.str, "CLEARING_HOUSE_NAME", default="")
X12_IN_EARNEST = _read(env.bool, "CLEARING_HOUSE_IN_EARNEST", default=False)
# Z-range NHI numbers belong to testing. A clinic with real patients sets this to false.
ALLOW_TEST_NHI = _read(env.bool, "ALLOW_TEST_NHI", default=False)
# ACC's own list of the Read codes that a standard request may change to; the clinic enters it, none is built in.
ACC_STANDARD_READ_CODES = _read(env.list, "ACC_STANDARD_READ_CODES", default=[])
# Which of the providers of payment links is in use; none: a link shows how to pay by bank. "trial" moves no money.
PAYMENT_LINK = _read(env.str, "PAYMENT_LINK", default="")
TRIAL_PAYMENTS = _read(env.str, "TRIAL_PAYMENTS", default=str(BASE_DIR / "var" / "trial-payments"))

# Ours tells a letter that was certainly not taken from one that perhaps was.
_OUR_BACKENDS = {"django.core.mail.backends.smtp.EmailBackend": "messaging.smtp.SmtpBackend"}
EMAIL_BACKEND = _OUR_BACKENDS.get(_email["EMAIL_BACKEND"], _email["EMAIL_BACKEND"])
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.admin.NeedlebookAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "clinic",
    "patients",
    "messaging",
    "appointments",
    "treatments",
    "billing",
    "frontdesk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.middleware.RequestContext",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en-nz"
TIME_ZONE = "UTC"  # of the database; the practice's zone is activated for each request
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = _read(env.str, "STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
MEDIA_URL = ""  # documents are handed out by the API to those who may read them, never by address
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no build step between a clone and a page
WHITENOISE_AUTOREFRESH = False

AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# Sign-in attempts are counted in the database's neighbour that survives a restart of the web process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A page does not wait for a cache that hangs.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "clinic.signing_in.StaffAndPatientsAdapter"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_FRONTEND_URLS = {"account_reset_password_from_key": f"{PUBLIC_URL}/reset/{{key}}"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clinic.api.tokens.TokenAuthentication",
        "allauth.headless.contrib.rest_framework.authentication.XSessionTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.permissions.HasRequiredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["clinic.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.OrjsonParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "clinic.api.filters.StrictFilterBackend",
        "clinic.api.filters.StrictSearchFilter",
        "clinic.api.filters.StrictOrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.NeedlebookSchema",
    "NUM_PROXIES": TRUSTED_PROXIES,
    # Steps of booking online are pages of their own, so one address may take many; holds and codes are few.
    "DEFAULT_THROTTLE_RATES": {"public": "60/min", "booking": "30/min", "feeds": "120/min"},
    "EXCEPTION_HANDLER": "config.error_handler.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTH_HEADER_PREFIX": "Token"}

SPECTACULAR_SETTINGS = {
    "TITLE": "Needlebook API",
    "DESCRIPTION": "Practice management for acupuncture clinics: patients, appointment book, treatment notes, claims.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clinic.api.schema.alternatives_overlap",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AppointmentStatusEnum": "appointments.statuses.Status",
        "TreatmentStatusEnum": "treatments.models.Treatment.Status",
        "ClaimStatusEnum": "billing.models.Claim.Status",
        "ClaimDeliveryEnum": "billing.models.Claim.Delivery",
        "ClaimLineStateEnum": "billing.models.ClaimLine.State",
        "ClaimLineSourceEnum": "billing.models.ClaimLineStep.Source",
        "ClaimLineResolutionEnum": "billing.models.ClaimLine.Resolution",
        "RemittanceSourceEnum": "billing.models.Remittance.Source",
        "RemittanceOutcomeEnum": "billing.models.RemittanceRow.Outcome",
        "InvoiceStatusEnum": "billing.models.Invoice.Status",
        "SideEnum": "treatments.models.Side",
        "TechniqueKindEnum": "treatments.models.Technique.Kind",
        "NeedlingTechniqueEnum": "treatments.models.Needling.Technique",
        "CuppingKindEnum": "treatments.models.Cupping.Kind",
        "MoxibustionKindEnum": "treatments.models.Moxibustion.Kind",
        "MessageStateEnum": "messaging.models.Message.State",
        "CancelReasonEnum": "appointments.models.Appointment.CancelReason",
        "CancelReasonGivenEnum": "appointments.models.Appointment.REASONS_GIVEN",
        "WaitlistStateEnum": "appointments.models.WaitlistEntry.State",
        "WaitlistUrgencyEnum": "appointments.models.WaitlistEntry.Urgency",
        "OfferStateEnum": "appointments.models.WaitlistOffer.State",
        "DeviceKindEnum": "clinic.models.Device.Kind",
        "CaseKindEnum": "patients.models.Case.Kind",
        "PayerKindEnum": "patients.models.Payer.Kind",
        "CoverStatusEnum": "patients.models.CoverStatus",
        "AlertKindEnum": "patients.models.Alert.Kind",
        "AlertSeverityEnum": "patients.models.Alert.Severity",
        "ConsentKindEnum": "patients.models.consent.ConsentKind",
        "HistoryEntryKindEnum": "patients.models.HistoryEntry.Kind",
        "DiagnosisSideEnum": "patients.models.Diagnosis.Side",
        "ExaminationSideEnum": "treatments.models.Examination.Side",
        "PulseQualityEnum": "treatments.vocabulary.PULSE.items",
        "OutcomeScoreMeasureEnum": "treatments.models.outcome.CHOICES",
        "AskedMeasureEnum": "treatments.outcomes.questions.QUESTIONS",
        "ReportValueKindEnum": "frontdesk.report_views.KINDS",
        "RequestReasonEnum": "treatments.models.TreatmentRequest.Reason",
        "RequestStatusEnum": "treatments.models.TreatmentRequest.Status",
        "AdverseSeverityEnum": "treatments.models.AdverseEvent.Severity",
        "AdverseEventKindEnum": "treatments.models.AdverseEvent.Kind",
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BEAT_SCHEDULER = "config.beat:Beat"
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_timeout": 5, "socket_connect_timeout": 2}
# A booking never waits for a broker that is away: the sweep will find the row.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

PGHISTORY_APPEND_ONLY = True
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

# The composition: what a floor must reach above itself is named here and pulled, never imported upwards.
MESSAGE_GUARDS = {
    "appointment": "appointments.reminding.guard",
    "waitlist_offer": "appointments.waiting.telling.guard",
    "online_booking": "appointments.online.telling.guard",
    "outcome_request": "treatments.outcomes.asking.guard",
    "invoice": "billing.sending.guard",
    "case": "billing.entitlement.running_out.guard",
    "purchase_order": "billing.entitlement.running_out.guard",
}
MESSAGE_WORDS = {
    "appointment": "appointments.reminding.words",
    "waitlist_offer": "appointments.waiting.telling.words",
    "online_booking": "appointments.online.telling.words",
    "outcome_request": "treatments.outcomes.asking.words",
    "invoice": "billing.sending.words",
    "case": "billing.entitlement.running_out.words",
    "purchase_order": "billing.entitlement.running_out.words",
}
# Small files that go along with a message about such a subject.
MESSAGE_ENCLOSURES = {"appointment": "appointments.feeds.visit_files.enclosures"}
# A channel that is not listed has nothing to send with, and the ledger says so.
MESSAGE_GATEWAYS = {"email": "messaging.smtp.EmailGateway"}
if SMS_SENDER:
    MESSAGE_GATEWAYS["sms"] = "messaging.sms.TnzGateway"
# How claims reach a payer, by the channel that is set at the payer. Another way is another adapter.
CLAIM_CHANNELS = {
    "paper": "billing.claiming.by_file.Paper",
    "csv": "billing.claiming.by_file.CsvFile",
    "acc_api": "billing.claiming.acc.interface.AccInterface",
    "x12": "billing.claiming.by_x12.X12File",
}
# The columns of a claim's CSV file: a heading, and the path of the value. ACC's own upload file has columns of its own
# that are not published; whoever has them sets them here.
CLAIM_CSV_COLUMNS = [
    ("schedule_number", "label"),
    ("line", "position"),
    ("claim_number", "claim_number"),
    ("purchase_order_number", "purchase_order_number"),
    ("accident_date", "date_of_injury"),
    ("nhi", "patient.nhi"),
    ("first_name", "patient.first_name"),
    ("last_name", "patient.last_name"),
    ("date_of_birth", "patient.date_of_birth"),
    ("diagnosis", "diagnoses.0.code"),
    ("side", "diagnoses.0.side"),
    ("service_date", "service_on"),
    ("service_code", "service_code"),
    ("provider_id", "practitioner.acc_provider_id"),
    ("provider", "practitioner.name"),
    ("quantity", "quantity"),
    ("unit", "unit"),
    ("amount_excl_gst", "amount_excl"),
    ("gst", "gst"),
    ("amount", "claimed"),
    ("invoice", "invoice"),
    ("vendor_id", "vendor.vendor_id"),
]
# Providers of payment links, by the word that PAYMENT_LINK may be.
PAYMENT_LINKS = {"trial": "billing.payments.links.trial.TrialLinks"}
PAPERS = {
    "invoice": {"paper": "billing.papers.invoice", "permission": "see_money"},
    "credit_note": {"paper": "billing.papers.credit_note", "permission": "see_money"},
    "claim_schedule": {"paper": "billing.claiming.papers.schedule", "permission": "see_money"},
    "acc_schedule": {"paper": "billing.papers.acc_schedule", "permission": "see_money"},
    "receipt": {"paper": "billing.statements.papers.receipt", "permission": "see_money"},
    "statement": {"paper": "billing.statements.papers.statement", "permission": "see_money"},
    "superbill": {"paper": "billing.us.papers.superbill", "permission": "see_money"},
    "cms1500": {"paper": "billing.us.papers.cms1500", "permission": "see_money"},
    "cms1500_overlay": {"paper": "billing.us.papers.cms1500_overlay", "permission": "see_money"},
    "signed_note": {"paper": "treatments.papers.signed_note", "permission": "read_notes"},
    "aftercare": {"paper": "treatments.reports.papers.aftercare", "permission": "read_notes"},
    "treatment_report": {"paper": "treatments.reports.papers.treatment_report", "permission": "read_notes"},
    "acc32_request": {"paper": "treatments.reports.papers.acc32_request", "permission": "read_notes"},
    "acc45_summary": {"paper": "patients.papers.injury_summary", "permission": "see_patients"},
}
# What higher floors add to the staff pages of lower ones.
ADMIN_ACTS = {
    "clinic.location": ["appointments.hours.admin.CLOSE_ON_HOLIDAYS"],
    "clinic.practitioner": ["appointments.hours.admin.OPEN_ONCE", "appointments.feeds.admin.FEEDS_OF_PRACTITIONER"],
    "patients.patient": [
        "appointments.admin_acts.BOOK_FOR_PATIENT",
        "appointments.series.course_acts.BOOK_COURSE",
        "appointments.admin_acts.VISITS_OF_PATIENT",
        "appointments.series.admin.SERIES_OF_PATIENT",
        "appointments.waiting.admin.WAIT_FOR_PATIENT",
        "treatments.admin_acts.NOTES_OF_PATIENT",
        "treatments.outcomes.admin.SCORES_OF_PATIENT",
        "treatments.reports.acts.WRITE_REPORT",
        "treatments.reports.acts.REPORTS_OF_PATIENT",
        "treatments.care.event_acts.REPORT_EVENT",
        "billing.admin_acts.INVOICES_OF_PATIENT",
        "billing.payments.acts.PAYMENTS_OF_PATIENT",
        "billing.payments.acts.MAKE_STATEMENT",
        "billing.admin_acts.SELL",
    ],
    "patients.payer": ["billing.payments.acts.PAYMENTS_OF_PAYER", "billing.payments.acts.MAKE_STATEMENT"],
    "appointments.appointment": [
        "appointments.series.acts.MOVE_TOGETHER",
        "appointments.series.acts.CANCEL_TOGETHER",
        "frontdesk.session_acts.WRITE_NOTE",
        "frontdesk.session_acts.FINISH_NOTE",
        "treatments.admin_acts.OPEN_NOTE",
        "billing.admin_acts.DRAFT_INVOICES",
        "billing.payments.acts.TAKE_FOR_VISIT",
        "billing.payments.acts.TAKE_DEPOSIT",
        "billing.admin_acts.CHARGE_FEE",
    ],
    "patients.case": [
        "treatments.care.plan_acts.AGREE_PLAN",
        "treatments.reports.acts.WRITE_REPORT",
        "treatments.reports.acts.REPORTS_OF_CASE",
        "treatments.requests.acts.REQUEST_TREATMENT",
        "treatments.requests.acts.REQUESTS_OF_CASE",
    ],
    "treatments.treatment": ["frontdesk.session_acts.SESSION_PAGE", "billing.admin_acts.DRAFT_INVOICES"],
}

# What higher floors show above the form of a row, and what they know of a case when a visit is booked.
_BANNER = "patients.showing.banner"
ADMIN_PANELS = {
    "patients.patient": [_BANNER, "treatments.panels.of_patient"],
    "patients.case": [_BANNER, "billing.entitlement.pages.panel", "treatments.panels.of_case"],
    "appointments.appointment": [_BANNER, "appointments.series.acts.panel"],
    "appointments.series": [_BANNER],
    "treatments.treatment": [_BANNER],
    "treatments.treatmentplan": [_BANNER],
    "treatments.adverseevent": [_BANNER],
}
CASE_HINTS = ["billing.entitlement.pages.hints"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "clinic.logs.WithoutTokens"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.server": {"propagate": True}},
}
