export interface Accounts {
  resolve(address: string): Promise<string | undefined>;
}
