from allauth.account.adapter import DefaultAccountAdapter


class StaffAndPatientsAdapter(DefaultAccountAdapter):
    """Accounts are made by the clinic: nobody signs up from outside."""

    def is_open_for_signup(self, request) -> bool:
        return False
