# Operations: partners, the own node, alarms and the audit log.

operations-title = Operations
operations-good = In order
operations-warn = Look at it
operations-bad = Act
operations-partners = Partners
operations-no-partners = The charter names no partners.
operations-heard = Last heard of: { $time }
operations-never = never yet
operations-receipted = Has given receipts for all that is ours.
operations-behind = Is { $time } behind.
operations-details = Details
operations-of = { $part } of { $all }

operations-advice-never-heard = Nothing has ever come from this partner. Check address, firewall and certificates with `verbund doctor`.
operations-advice-away = Not reachable for { $time }. The node keeps trying by itself, and nothing gets lost. If it stays so, call them; `verbund doctor` shows what the matter is.
operations-advice-relayed = The direct way is broken; what this partner sends comes through another one. `verbund doctor` shows what troubles the direct way.
operations-advice-lag = A receipt has been missing for { $time }. If the partner is connected, its node is overloaded or its disk is full: call them.
operations-advice-clock-behind = Its clock is { $time } slow. Both sides check their time service (NTP); where the own clock differs from most by an hour, erasing pauses.
operations-advice-clock-ahead = Its clock is { $time } fast. Both sides check their time service (NTP); where the own clock differs from most by an hour, erasing pauses.
operations-advice-stopped = { $count ->
    [one] One lane of its entries is stopped since something in it is wrong. The alarm above says why; the rest goes on.
   *[other] { $count } lanes of its entries are stopped since something in them is wrong. The alarms above say why; the rest goes on.
}
operations-advice-throttled = It has sent more today than the charter allows; nothing more is fetched until tomorrow. Ask them whether a device sends too much.
operations-advice-refused = { $count ->
    [one] One entry of it was refused here. Mostly an older version is in use there: call their operations.
   *[other] { $count } entries of it were refused here. Mostly an older version is in use there: call their operations.
}
operations-advice-sealed = { $count ->
    [one] One entry of it stays sealed since this version does not understand it or a newer charter is missing. Install the current version.
   *[other] { $count } entries of it stay sealed since this version does not understand them or a newer charter is missing. Install the current version.
}
operations-advice-exceptions = { $count ->
    [one] One entry of ours it does not hold as it was sent: held, refused, not understood or erased. The feed shows which.
   *[other] { $count } entries of ours it does not hold as they were sent: held, refused, not understood or erased. The feed shows which.
}
operations-advice-certificate = Its certificate ends in { $time }. Remind their operations: when it ends, the connection breaks.

operations-software = Version
operations-endpoint = Address
operations-replica = Replica
operations-receipts = Receipted
operations-exceptions = Of these not as sent
operations-received = Received
operations-refused = Refused here
operations-sealed = Sealed
operations-stopped = Stopped lanes
operations-clock = Clock against ours
operations-certificate = Certificate holds until
operations-seen = Sees of us
operations-seen-current = the current certificate
operations-seen-other = another certificate: { $serial }
operations-serial = The certificate's serial number

operations-node = Own node
operations-store = Store
operations-generation = Generation
operations-disk = Disk
operations-disk-free = { $free } free, { $reserve } must stay free
operations-own-entries = Own entries
operations-partner-entries = The partners' entries
operations-pending = Own entries that wait
operations-reviews = Drafts in review
operations-queued = Queued updates, not sent yet
operations-guard = The guard's version
operations-charter = Charter
operations-charter-until = Version { $version }, holds until { $day }
operations-charter-hash = The charter's SHA-256
operations-crls = Revocation lists hold until
operations-crl-unreadable = can't be read: this agency's certificates are refused
operations-charter-expired = The charter has expired. Traffic goes on, but members, keys and vocabulary can't change until the members sign a new one.
operations-charter-ends = { $count ->
    [0] The charter ends today. Have the next version signed by more than half of the members.
    [one] The charter ends tomorrow. Have the next version signed by more than half of the members.
   *[other] The charter ends in { $count } days. Have the next version signed by more than half of the members.
}
operations-certificate-ends = The node's certificate ends in { $time }. Put a new one in its place; no restart is needed.
operations-certificate-ended = The node's certificate has expired: no partner lets it in any more. Put a new one in its place; no restart is needed.
operations-crl-ended = The revocation list of { $agency } holds no more, and this agency's certificates are refused. Put the current one into the folder of revocation lists.
operations-disk-low = Little is free on the disk. Below the reserve the node takes nothing new; reading goes on.
operations-store-problem = The database does not answer. What the node says of it:
operations-store-warning = Something was accepted of the store:

operations-alarms = Alarms
operations-no-alarms = Nothing went wrong that somebody would have to look at.
operations-evidence = Download the evidence
operations-evidence-help = `verbund verify` checks the file offline, with the charter alone.
operations-alarm-lane-stopped = A lane of entries is stopped
operations-alarm-lane-stopped-advice = What this partner sent there does not fit together. Nothing more of it is taken, all else goes on. Call their operations; where there is evidence, keep it.
operations-alarm-lane-not-opened = A new lane of entries was not taken
operations-alarm-lane-not-opened-advice = It began in a way that the charter does not allow, such as with a wrong audience. Call the partner's operations.
operations-alarm-carrier-fault = A partner handed on what its origin did not write
operations-alarm-carrier-fault-advice = The entry was dropped. Call the operations of the partner that handed it on: its store may be damaged, or somebody changed something there.
operations-alarm-receipt-beyond-head = A partner gave a receipt for more than is written here
operations-alarm-receipt-beyond-head-advice = This node was probably restored from an older backup. Stop it and bring it back with `verbund restore` before it sends anything more.
operations-alarm-histories-differ = Two nodes hold different histories of one lane
operations-alarm-histories-differ-advice = Its origin has told two agencies different things, or a store is damaged. Talk to both; keep what you have.
operations-alarm-own-lane-stopped = A partner takes nothing more of one of our lanes
operations-alarm-own-lane-stopped-advice = Something in it was wrong for them. Call their operations and compare versions; the next entries go their way.
operations-alarm-own-lane-closed = An own lane is closed, a new one goes on
operations-alarm-own-lane-closed-advice = A partner took nothing more of the old one. There is nothing to do unless it happens again.
operations-alarm-own-entry-elsewhere = A partner has own entries that are missing here
operations-alarm-own-entry-elsewhere-advice = This machine was probably restored from an image. The node fetches them back and signs nothing until all partners have shown what they hold of it.
operations-alarm-own-histories-differ = A partner has another own entry in one place
operations-alarm-own-histories-differ-advice = Two were signed: see whether a second node runs under this name. The lane is closed, a new one goes on. Talk to the partner.
operations-alarm-own-lane-ends-elsewhere = A partner has more of a closed own lane
operations-alarm-own-lane-ends-elsewhere-advice = After a restore it went on without that partner. What only it has does not come back here; it can show it.
operations-alarm-step-void = A partner's step counts for nothing
operations-alarm-step-void-advice = By what it knew it was not allowed to take it. Mostly another version is in use there: call their operations.
operations-alarm-draft-refused = A waiting draft can't go out as it is
operations-alarm-draft-refused-advice = Charter or guard have changed since it was written. A coordinator has to correct or withdraw the update.
operations-alarm-queued-refused = A queued update can't go out as it is
operations-alarm-queued-refused-advice = Charter or guard have changed since it was taken. It went to nobody. A coordinator has to withdraw it and write it anew.
operations-alarm-queued-expired = Queued updates were forgotten without having been sent
operations-alarm-queued-expired-advice = Their erasure day came before the node signed again. Tell the coordinators; what still holds has to be told anew.
operations-alarm-charter-refused = A charter was offered that can't be in force
operations-alarm-charter-refused-advice = It lacks signatures, or does not follow the one in force. Ask the partner where it comes from.
operations-alarm-charter-expired = The charter has expired
operations-alarm-charter-expired-advice = Traffic goes on; members, keys and vocabulary can change only with a new charter.
operations-alarm-certificate-ends = A certificate runs out and is not renewed
operations-alarm-certificate-ends-advice = Less than a sixth of its life is left. If it is your own, put a new one in place; no restart is needed. If it is a partner's, call its operators.
operations-alarm-other = Something that this version of the application does not know
operations-alarm-other-advice = What the node says of it stands below. Install the current version of the application.

operations-audit = Decisions on texts
operations-audit-lead = What roles decided on texts: reviews, second confirmations, withdrawals for personal data. No text and no name is here: only a role, and a pseudonym that is another one each month. It is kept for a year.
operations-no-records = Nothing has been decided yet.
operations-number = No.
operations-at = When
operations-event = What
operations-role = Role
operations-role-coordinator = coordination
operations-role-publisher = publishers
operations-role-node = the node itself
operations-pseudonym = Pseudonym
operations-rules = The guard's rules
operations-subject = Update
operations-pages = Pages
operations-first-page = Newest
operations-back = To operations
