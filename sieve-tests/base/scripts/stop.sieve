if true {
}
stop;
discard;
