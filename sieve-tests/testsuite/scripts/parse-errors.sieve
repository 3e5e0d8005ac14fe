keep "a" ];
if true { discard }
unknown;
