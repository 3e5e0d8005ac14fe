require ["snooze", "imap4flags"];
snooze;
snooze 9;
snooze "9 o'clock";
snooze :weekdays "7" "09:00";
snooze :weekdays "09:00";
snooze :create :create "09:00";
snooze :mailbox "" "09:00";
