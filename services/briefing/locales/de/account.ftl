# Signing in, and the own account.

sign-in-title = Anmelden
sign-in-link-title = Anmelden mit Einmal-Link
sign-in-link-text = Dieser Link gilt einmal. Melden Sie sich jetzt damit an.
sign-in-link-help = Lassen Sie sich einen Einmal-Link geben: Der Betrieb erzeugt ihn mit „verbund user link“.
