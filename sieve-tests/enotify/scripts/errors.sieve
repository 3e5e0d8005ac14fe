require "enotify";
notify;
notify "mailto";
notify :importance "4" "mailto:a@example.com";
notify :from 3 "mailto:a@example.com";
notify "mailto:a@example.com" "more";
