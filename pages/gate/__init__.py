"""What every request and every socket passes before the app: host, sign-in, quotas, headers."""
