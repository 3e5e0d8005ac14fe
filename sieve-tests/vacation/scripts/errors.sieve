require "vacation";
vacation;
vacation :days "7" "a";
vacation :subject 7 "a";
vacation :from "nobody" "a";
vacation :seconds 60 "a";
vacation :frob "a";
vacation "a" "b";
