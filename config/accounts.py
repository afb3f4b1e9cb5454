"""Who a process runs as. PostgreSQL refuses to run as root, so root needs another name for it."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """Oneself, oneself under another name (a command that opens a user namespace), or another uid and gid."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict:
        """The keyword arguments that make `subprocess` start a command as this account, after the prefix."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, *command: str | Path) -> bool:
        """Whether this account may run `command` and it succeeds: the answer of the machine, not of a guess."""
        try:
            done = subprocess.run([*self.prefix, *command], capture_output=True, cwd="/", check=False, **self.popen())
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def own(self, folder: Path) -> None:
        """Where root acts, give it the whole folder: a machine may forbid tomorrow the way that it allows today."""
        if os.geteuid() != 0:
            return
        uid, gid = self.uid or 0, self.gid or 0
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != uid:
                os.chown(path, uid, gid, follow_symlinks=False)


MYSELF = Account()


def in_a_namespace() -> Account:
    """The present user under an ordinary user's name; files stay the present user's own."""
    other = _ordinary()
    return Account(("unshare", "-U", f"--map-user={other.pw_uid}", f"--map-group={other.pw_gid}"))


def another_uid() -> Account:
    other = _ordinary()
    return Account(uid=other.pw_uid, gid=other.pw_gid)


def _ordinary() -> pwd.struct_passwd:
    """A name that every system has and that owns nothing; initdb insists on one that can be looked up."""
    return next(entry for entry in pwd.getpwall() if entry.pw_name in {"daemon", "nobody"})


def copy_for_all(parts: list[Path], place: Path) -> None:
    """Copy folders of programs and libraries side by side to `place`, for everybody to read and run."""
    shutil.rmtree(place, ignore_errors=True)
    for part in parts:
        shutil.copytree(part, place / part.name)
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
