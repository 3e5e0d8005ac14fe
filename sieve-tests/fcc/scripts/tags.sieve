require ["fcc", "fileinto", "enotify", "reject"];
notify :fcc "mailto:a@example.com";
notify :fcc "Sent" :create "mailto:a@example.com";
notify :fcc "Sent" :flags "\\Seen" "mailto:a@example.com";
notify :fcc 5 "mailto:a@example.com";
fileinto :fcc "Sent" "box";
redirect :fcc "Sent" "a@example.com";
keep :fcc "Sent";
reject :fcc "Sent" "no";
