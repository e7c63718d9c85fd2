# Signing in, and accounts.

sign-in-title = Sign in
sign-in-name = Name
sign-in-password = Password
sign-in-openid = Sign in with { $name }
sign-in-local = Or with name and password
sign-in-wrong = The name or the password is wrong. Mind upper and lower case.
sign-in-help = No password, or forgotten?
sign-in-help-text = Ask your agency's operations for a one-time link. It signs you in, and you choose a new password.
signed-out-title = You are signed out
signed-out-text = Nobody is signed in any more in this browser.
signed-out-provider = At { $name } you may still be signed in. On a shared device, sign out there, too.
signed-out-there = Sign out at { $name }, too
signed-out-again = Sign in again

openid-away = The sign-in service does not answer as it should. Try again in a moment; if that does not help, tell operations.
openid-lost = This sign-in was not begun in this browser, or took too long. Sign in again.
openid-denied = The sign-in service broke off. You can try again.
openid-untrue = The sign-in service's answer could not be verified. Sign in again; if that does not help, tell operations.
openid-no-role = The sign-in service knows you, but none of your groups has a role here. Ask your agency's operations to add you to one of the groups.
openid-disabled = Your account is disabled here. Turn to your agency's operations.
openid-other = Somebody else signed in at the sign-in service than here. Nothing was confirmed.
openid-not-fresh = The sign-in service did not ask you anew who you are. Nothing was confirmed. Sign out there and try again.

link-title = Sign in with a one-time link
link-text = This link signs you in once as { $name }.
link-keep = Leave both fields empty to keep the password that you have.
link-without = Without a password you need a link again next time, and after ten minutes you can't sign anything off.
link-spent-title = This link works no more
link-spent-text = It was used already, or it is too old. Ask your agency's operations for a new one.

prove-title = Confirm that it is you
prove-text = What you are about to do binds your agency or changes accounts. Afterwards you are back on the page and take the step again: what you had typed there is not kept. For ten minutes you are not asked again.
prove-wrong = The password is wrong.
prove-openid = Confirm with { $name }
prove-impossible = Your account has no password to show who you are. Ask operations for a one-time link and sign in with it; you can choose a password then.
prove = Confirm

account-title = My account
account-roles = Roles
account-look = Language and colours
account-provider = Your roles and your password are kept by { $name }.
account-notifications = Notifications
role-reader = Reading
role-reader-text = reads what the agencies tell each other
role-contributor = Reporting
role-contributor-text = reads, and sends updates
role-coordinator = Coordination
role-coordinator-text = speaks for the agency: confirms, accepts tasks, signs protocols off
role-operator = Operations
role-operator-text = looks after the node and the accounts; sees no content

password-new = New password
password-hint = At least { $count } characters. A sentence that only you know is better than special characters.
password-repeated = New password once more
password-current = Present password
password-short = The password needs at least { $count } characters.
password-long = The password is too long.
password-simple = This password would be guessed easily. Choose another one.
password-unlike = The two passwords are not the same.
password-wrong = The present password is wrong.
password-refused = The password was not saved:
password-change = Change the password
password-choose = Choose a password
password-change-hint = All other sessions end with it.
password-save = Save the password
notice-password-changed = Your password is changed. All other sessions have ended.

sessions-title = Where you are signed in
sessions-text = Only you see this list.
sessions-unknown = Unknown browser
sessions-until = ends { $at }
sessions-here = this browser
sessions-end = End
sessions-end-others = End all others
notice-session-ended = The session has ended.
notice-sessions-ended = All other sessions have ended.

accounts-title = Accounts
accounts-text = Who may sign in here, and with which roles. When somebody signs in or works is recorded nowhere.
accounts-count = { $count ->
    [one] One account
   *[other] { $count } accounts
}
accounts-name = Name
accounts-name-hint = What the person signs in with: an e-mail address or a short name. The node and the other agencies never learn it.
accounts-name-wrong = The name must have 1 to 254 characters.
accounts-name-taken = There is an account of this name already.
accounts-refused = The account was not added:
accounts-way = Signs in
accounts-way-openid = at the sign-in service
accounts-way-password = with a password
accounts-way-link = with one-time links only
accounts-state = State
accounts-enabled = enabled
accounts-disabled = disabled
accounts-new = New account
accounts-add = Add and show a one-time link
accounts-link-title = One-time link
accounts-link-text = This link signs { $name } in. It works once, for { $hours } hours.
accounts-link = Link
accounts-link-hint = It is shown only now. Hand it over in a safe way: whoever has it gets in.
accounts-own = This is your own account.
accounts-provider = The roles come from the sign-in service and follow the person's groups there. There is no password here.
accounts-last-operator = This is the last account with the role operations. Give the role to another account first: nobody could look after the accounts otherwise.
accounts-roles-hint = Whoever loses a role is signed out everywhere at once.
accounts-entry = Way in
accounts-make-link = Make a one-time link
accounts-sign-out = Sign out everywhere
accounts-disable = Disable
accounts-enable = Enable again
accounts-remove-open = Remove the account
accounts-remove-text = The account and all that belongs to it is removed. This can't be undone. What the person did for the agency stays; it never was connected with their name.
accounts-remove = Remove for good
notice-roles-changed = The roles are changed.
notice-account-disabled = The account is disabled and signed out everywhere.
notice-account-enabled = The account is enabled again.
notice-account-removed = The account is removed.
notice-account-signed-out = The account is signed out everywhere.
