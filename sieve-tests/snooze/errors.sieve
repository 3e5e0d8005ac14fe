require "snooze";

snooze "25:00";
snooze :weekdays ["1-5", "Sunday"] "09:00";
snooze :tzid "Nowhere" "09:00";
snooze :addflags "a" "09:00";
