require ["fcc", "vacation", "enotify", "mailbox", "fileinto"];
vacation :fcc "Sent" :fcc "Other" "Gone.";
