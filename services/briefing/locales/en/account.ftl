# Signing in, and the own account.

sign-in-title = Sign in
sign-in-link-title = Sign in with a one-time link
sign-in-link-text = This link works once. Sign in with it now.
sign-in-link-help = Ask for a one-time link: operations makes one with “verbund user link”.
