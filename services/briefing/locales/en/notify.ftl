# Notifications: the messages themselves, and the page on which people choose.

notify-subject = Verbund: { $what }
notify-subject-more = Verbund: { $what }, and more
notify-mail-begin = Something is waiting for you in Verbund:
notify-mail-no-content = What it is about can be read in the application only. Sign in there.
notify-mail-settings = What you hear of in this way, and when, is set here:
notify-push-text = Tap to open the application.
notify-probe-subject = Verbund: test
notify-probe-text = This is a test. Notifications arrive this way.
notify-confirm-subject = Verbund: is this your address?
notify-confirm-text = Verbund's notifications are to go to this address. Confirm that within 24 hours:
notify-confirm-otherwise = If this was not you, do nothing. Nothing will be sent to this address then.

notify-matter-update-immediate = { $count ->
    [one] an urgent update is waiting
   *[other] { $count } urgent updates are waiting
}
notify-matter-briefing-begun = { $count ->
    [one] a briefing has begun
   *[other] { $count } briefings have begun
}
notify-matter-alarm = { $count ->
    [one] the node reports a fault
   *[other] the node reports { $count } faults
}
notify-matter-node-away = { $count ->
    [one] the node does not answer
   *[other] the node does not answer
}
notify-matter-update-soon = { $count ->
    [one] an update for today is waiting
   *[other] { $count } updates for today are waiting
}
notify-matter-drill = { $count ->
    [one] EXERCISE – an update is waiting
   *[other] EXERCISE – { $count } updates are waiting
}
notify-matter-task-asked = { $count ->
    [one] a task awaits an answer
   *[other] { $count } tasks await an answer
}
notify-matter-protocol-awaits-word = { $count ->
    [one] a protocol awaits sign-off
   *[other] { $count } protocols await sign-off
}
notify-matter-protocol-objected = { $count ->
    [one] there is an objection to a protocol
   *[other] there are objections to { $count } protocols
}
notify-matter-draft-awaits-review = { $count ->
    [one] a draft awaits review
   *[other] { $count } drafts await review
}
notify-matter-clear-awaits-second = { $count ->
    [one] a release awaits a second person
   *[other] { $count } releases await a second person
}
notify-matter-invitation = { $count ->
    [one] an invitation awaits an answer
   *[other] { $count } invitations await an answer
}
notify-matter-update-routine = { $count ->
    [one] a new update is waiting
   *[other] { $count } new updates are waiting
}

notify-kind-update-immediate = urgent updates
notify-kind-briefing-begun = the beginning of a briefing
notify-kind-alarm = faults
notify-kind-node-away = a node that does not answer
notify-kind-update-soon = updates for today
notify-kind-drill = updates of an exercise
notify-kind-task-asked = tasks asked of you
notify-kind-protocol-awaits-word = protocols to sign off
notify-kind-protocol-objected = objections to protocols of yours
notify-kind-draft-awaits-review = drafts to review
notify-kind-clear-awaits-second = releases of TLP:CLEAR
notify-kind-invitation = invitations
notify-kind-update-routine = other updates

notify-title = Notifications
notify-lead = A notification says that something is waiting in Verbund, and on which page. It never says what it is about.
notify-mail-title = E-mail
notify-mail-off = E-mails are not set up here. Operations can change that.
notify-mail-none = No address yet. Until there is one, the application sends you no e-mails.
notify-mail-address = E-mail address
notify-mail-address-hint = Your work address. A link to confirm it is sent there.
notify-mail-set = Send link
notify-mail-change = Another address
notify-push-title = Notifications on devices
notify-push-off = Notifications on devices are not set up here. Operations can change that.
notify-push-none = No device yet.
notify-push-hint = Turn notifications on on the device on which you want them. On an iPhone or iPad, first add the application to the home screen.
notify-push-add = Turn on on this device
notify-push-needs-script = This browser can't do that, or JavaScript is off. E-mails work without it.
notify-push-denied = The browser allows this site no notifications. Allow them in the browser's settings and load the page anew.
notify-push-failed = The device could not be turned on. Try again later.
notify-push-too-many = As many devices as can be are turned on. Remove one first.
notify-browser-other = another browser
notify-state-works = on
notify-state-unconfirmed = awaits confirmation
notify-state-failing = has not got through since { $since }
notify-probe = Send a test
notify-remove = Remove
notify-probe-of = Send a test to { $way }
notify-remove-of = Remove { $way }

notify-what-title = What, and how
notify-what-caption = What you want to hear of, and by which way
notify-what-urgency = Haste
notify-by-mail = E-mail
notify-by-push = Device
notify-urgency-immediate = at once
notify-urgency-immediate-when = at once, one by one
notify-urgency-soon = soon
notify-urgency-soon-when = after a few minutes, gathered
notify-urgency-routine = no haste
notify-urgency-routine-when = gathered: on working days at 7:30, 11:30 and 15:30
notify-quiet-title = Quiet hours
notify-quiet-on = Keep quiet hours
notify-quiet-from = From
notify-quiet-to = Until
notify-quiet-hint = What comes up in this time is told afterwards in one notification. The time zone is { $zone }.
notify-woken = Tell what is to be told at once in quiet hours, too
notify-lang = Language of notifications
notify-lang-de = Deutsch
notify-lang-en = English

notify-error-title = Please check what you entered
notify-error-quiet = Give two different times for the quiet hours.
notify-error-address = Give an e-mail address, such as name@stadt.example.
notify-error-mail-refused = The mail server does not take this address. Check how it is spelt.
notify-error-mail-later = The mail server can't be reached at the moment. Try again in a few minutes.
notify-error-asked-often = Something was sent just now. Wait half a minute and try again.
notify-error-probe = The test did not get through. Try again in a few minutes, or remove this way and set it up anew.
notify-error-probe-gone = The device takes no notifications any more and was removed. Turn it on anew.

notify-address-title = Confirm e-mail address
notify-address-text = Verbund's notifications are to go to the address to which this link was sent.
notify-address-confirm = Yes, this is my address
notify-address-done-title = The address is confirmed
notify-address-done-text = Notifications go to this address from now on.
notify-address-late-title = This link is no longer valid
notify-address-late-text = It was used already, or is older than 24 hours. Have a new one sent on the page “Notifications”.

notice-notify-saved = Your choice is saved.
notice-notify-asked = The link is on its way. Open it in your mailbox to confirm the address.
notice-notify-removed = This way is removed.
notice-notify-probed = The test is on its way.
notice-notify-added = This device gets notifications from now on.
