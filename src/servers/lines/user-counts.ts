/** How many sessions the accounts have, over all connections of a server. */
export interface UserCounts {
  /** False when there are as many as there may be. */
  enter(account: string): boolean;
  leave(account: string): void;
}

export function countUsers(most: number): UserCounts {
  const sessions = new Map<string, number>();
  return {
    enter(account) {
      const now = sessions.get(account) ?? 0;
      if (now >= most) return false;
      sessions.set(account, now + 1);
      return true;
    },
    leave(account) {
      const now = sessions.get(account) ?? 0;
      if (now <= 1) sessions.delete(account);
      else sessions.set(account, now - 1);
    },
  };
}
