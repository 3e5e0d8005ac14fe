require "redirect-deliverby";
redirect :bytimerelative 5 :bytimeabsolute "2036-11-22T20:00:00+01:00" "a@example.com";
redirect :bytrace "a@example.com";
redirect :bytimerelative "5" "a@example.com";
redirect :bytimerelative 5 :bymode "ask" "a@example.com";
redirect :bytimeabsolute "2036-11-22" "a@example.com";
redirect :bytimerelative 2G "a@example.com";
