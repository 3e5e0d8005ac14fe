require ["snooze", "variables"];
set "time" "noon";
snooze "${time}";
