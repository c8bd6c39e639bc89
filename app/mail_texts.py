"""The texts of our mails, in the language of whom they are for: one wording, as plain text and as HTML.

Only the username stands in them: names are free text, with which a stranger who registers somebody else's
address could have us send what they like.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.link_lifetimes import lifetime_of_a_confirmation, lifetime_of_a_reset
from app.messages import role_word
from app.services.links import Purpose
from app.services.mail_queue import LINKS, Outgoing
from app.services.mails import MailKind
from app.services.second_factor import Change

# Pages that the links lead to.
PAGES = {
    Purpose.CONFIRM: "links.confirm",
    Purpose.RESET: "links.new_password",
    Purpose.EMAIL: "links.new_email",
}


@dataclass(frozen=True)
class Letter:
    """A message as it is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Wording:
    """Subject; what stands before the link; the words on it; what stands after it."""

    subject: str
    before: list[str]
    action: str | None
    after: list[str]


def write_letter(mail: Outgoing) -> Letter:
    """Write the text of a message. Needs an application context."""
    address = link_address(LINKS[mail.kind], mail.token) if mail.token else _page_address(mail)
    with force_locale(mail.language):
        wording = _WORDINGS[mail.kind](mail)
        greeting, signed = _("Hello %(username)s,", username=mail.username), signature()
    link = [f"{wording.action}:\n{address}"] if wording.action else []
    text = "\n\n".join([greeting, *wording.before, *link, *wording.after, f"-- \n{signed}"]) + "\n"
    # Not through render_template: what pages are given would ask who is signed in.
    html = current_app.jinja_env.get_template("mail/message.html").render(
        greeting=greeting, wording=wording, address=address, signature=signed, language=mail.language
    )
    return Letter(wording.subject, text, html)


def signature() -> str:
    url = current_app.config["PUBLIC_URL"]
    return str(
        _("This message was written by the SPD Production Manager, %(url)s. Nobody reads answers.", url=url)
    )


def link_address(purpose: Purpose, token: str) -> str:
    """Return the address of a one-time link: always at PUBLIC_URL, whatever host a request named."""
    return _address(PAGES[purpose], token=token)


def _page_address(mail: Outgoing) -> str:
    """Return where a message without a token leads to."""
    if mail.kind is MailKind.MENTION and mail.task_id.isdecimal():
        return f"{_address('tasks.show', task_id=mail.task_id)}#comment-{mail.comment_id}"
    asks_for_mend = mail.kind in {MailKind.PASSWORD_CHANGED, MailKind.ACCOUNT_EXISTS, MailKind.CODES_REFUSED}
    return _address("forgotten.ask" if asks_for_mend else "health.home")


def _address(endpoint: str, **values: str) -> str:
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"


def _notice(subject: str, happened: str) -> Wording:
    """Tell of something that is done already."""
    return Wording(subject, [happened], None, [_("If it was not you, tell an administrator at once.")])


def _confirm(_mail: Outgoing) -> Wording:
    return Wording(
        _("Confirm your e-mail address"),
        [_("somebody, hopefully you, registered an account with this e-mail address and your username.")],
        _("Confirm the address"),
        [
            lifetime_of_a_confirmation(),
            _("If it was not you, do nothing: the account is deleted by itself."),
        ],
    )


def _account_exists(_mail: Outgoing) -> Wording:
    return Wording(
        _("You have an account already"),
        [
            _("somebody, perhaps you, wanted to use this e-mail address for an account."),
            _("It has one already, with the username above. Sign in with that, or set a new password:"),
        ],
        _("Set a new password"),
        [_("If it was not you, do nothing: nothing was changed.")],
    )


def _reset(_mail: Outgoing) -> Wording:
    return Wording(
        _("Set a new password"),
        [_("somebody, hopefully you, asked for a new password of your account.")],
        _("Set a new password"),
        [lifetime_of_a_reset(), _("If it was not you, do nothing: your password stays as it is.")],
    )


def _new_email(_mail: Outgoing) -> Wording:
    return Wording(
        _("Confirm your new e-mail address"),
        [_("your account is to get this e-mail address.")],
        _("Confirm the new address"),
        [lifetime_of_a_confirmation(), _("Until it is used the old address stays.")],
    )


def _email_changed(_mail: Outgoing) -> Wording:
    return _notice(
        _("Your e-mail address was changed"),
        _("your account has another e-mail address now; messages no longer come to this one."),
    )


def _password_changed(_mail: Outgoing) -> Wording:
    return Wording(
        _("Your password was changed"),
        [
            _("the password of your account was changed, and your other browsers were signed out."),
            _("If it was not you, set a new one and tell an administrator:"),
        ],
        _("Set a new password"),
        [],
    )


def _second_factor_changed(mail: Outgoing) -> Wording:
    """What was done is told, not how things are when the message is sent: that may be long after."""
    words = {
        Change.ON: _(
            "a second factor was switched on for your account. Signing in asks for a code from now on."
        ),
        Change.OFF: _(
            "the second factor of your account was switched off. Signing in asks for no code any more."
        ),
        Change.REMOVED: _(
            "an administrator removed the second factor of your account."
            " Signing in asks for no code any more."
        ),
        Change.CODES: _(
            "new recovery codes were made for your account. The ones made before are worth nothing any more."
        ),
    }
    changed = _("the second factor of your account was changed.")
    return _notice(
        _("The second factor of your account was changed"),
        words[Change(mail.change)] if mail.change in set(Change) else changed,
    )


def _role_changed(mail: Outgoing) -> Wording:
    return Wording(
        _("Your role was changed"),
        [_("your role is now: %(role)s.", role=role_word(mail.role))],
        _("Open the service"),
        [],
    )


def _mention(mail: Outgoing) -> Wording:
    """The comment itself stays in the service: it may be changed, or deleted, before the mail is read."""
    return Wording(
        _("A comment on task %(id)s names you", id=mail.task_id),
        [_("%(author)s named you in a comment on task %(id)s.", author=mail.author, id=mail.task_id)],
        _("Read the comment"),
        [_("You can switch these messages off in your profile.")],
    )


def _codes_refused(_mail: Outgoing) -> Wording:
    return Wording(
        _("Somebody knows your password"),
        [
            _("somebody gave the right password of your account, and then five wrong codes. Nobody came in."),
            _("If it was not you, somebody knows your password: set a new one and tell an administrator."),
        ],
        _("Set a new password"),
        [],
    )


def _recovery_code_used(_mail: Outgoing) -> Wording:
    return _notice(
        _("A recovery code of your account was used"),
        _("somebody, hopefully you, gave a recovery code of your account. It is worth nothing any more."),
    )


def _identity_linked(_mail: Outgoing) -> Wording:
    name = current_app.config["IAM_NAME"]
    return _notice(
        _("Another way to sign in to your account"),
        _("your account can be signed in to through %(name)s from now on.", name=name),
    )


def _identity_removed(_mail: Outgoing) -> Wording:
    name = current_app.config["IAM_NAME"]
    return _notice(
        _("One way fewer to sign in to your account"),
        _("an account at %(name)s leads to your account no more.", name=name),
    )


_WORDINGS: dict[MailKind, Callable[[Outgoing], Wording]] = {
    MailKind.CONFIRM: _confirm,
    MailKind.ACCOUNT_EXISTS: _account_exists,
    MailKind.RESET: _reset,
    MailKind.NEW_EMAIL: _new_email,
    MailKind.EMAIL_CHANGED: _email_changed,
    MailKind.PASSWORD_CHANGED: _password_changed,
    MailKind.SECOND_FACTOR_CHANGED: _second_factor_changed,
    MailKind.ROLE_CHANGED: _role_changed,
    MailKind.CODES_REFUSED: _codes_refused,
    MailKind.RECOVERY_CODE_USED: _recovery_code_used,
    MailKind.MENTION: _mention,
    MailKind.IDENTITY_LINKED: _identity_linked,
    MailKind.IDENTITY_REMOVED: _identity_removed,
}
