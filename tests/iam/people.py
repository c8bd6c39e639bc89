"""Who there is at the provider of the tests: a role each, with claims as INDIGO IAM writes them."""

PEOPLE: dict[str, dict] = {
    role: {
        "sub": f"5d4f1d9e-0000-4000-8000-00000000000{number}",
        "preferred_username": f"iam-{role}",
        "given_name": "Test",
        "family_name": role.title(),
        "name": f"Test {role.title()}",
        "email": f"{role}@iam.example.org",
        "email_verified": True,
        "groups": groups,
    }
    for number, (role, groups) in enumerate(
        {
            "physicist": ["spd", "spd/physicists"],
            "manager": ["spd", "spd/production"],
            "admin": ["spd/production/admins"],
            "stranger": [],
        }.items()
    )
}
