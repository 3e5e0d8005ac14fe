import { defaultIndexSettings, type IndexSettings } from './index/settings.ts';
import { defaultSearchSettings, type SearchSettings } from './search/settings.ts';

/** The mailbox that has a special use by its name, where no mailbox was given that attribute. */
export interface SpecialUse {
  /** `\\Junk`, `\\Sent`, … (RFC 6154 §2). */
  attribute: string;
  mailbox: string;
  /** Other names by which programs make it, in the languages of their users. */
  names?: string[];
}

/** Under which names a user finds what is not his own. */
export interface NamespaceSettings {
  /** Before `<account>/<mailbox>`; ends in `/`. */
  others: string;
  /** Before the mailboxes of `publicAccount`; ends in `/`. */
  public: string;
  /** The account whose mailboxes are public, as far as their lists of rights say; nobody owns them. */
  publicAccount: string;
}

/** Names behind `$group` in lists of rights. */
export interface GroupSettings {
  name: string;
  /** Accounts. */
  members: string[];
}

/** What an account may have where it was given no limits of its own; 0: no limit. */
export interface QuotaSettings {
  /** Octets of its messages. */
  storage: number;
  messages: number;
  mailboxes: number;
  /** Octets of the values of its annotations. */
  annotations: number;
}

/** Annotations (RFC 5464). */
export interface MetadataSettings {
  /** Octets of one value. */
  maxValueBytes: number;
  /** Entries of a mailbox, of the server, and of one user of what is not his. */
  maxEntries: number;
}

/** Settings of the mail store. */
export interface StoreSettings {
  /** Last part of the names of new files; '' for the name of this machine. */
  hostname: string;
  /** Hours after which a file in `tmp/` was left by a delivery that died, and is removed. */
  staleHours: number;
  /** Levels a mailbox name may have. */
  maxDepth: number;
  /** Bytes of the file name a mailbox may take on the disk, all its levels together. */
  maxNameBytes: number;
  /** Mailboxes an account may have; creating more fails as if the disk were full. */
  maxMailboxes: number;
  /** Bytes of a user's Sieve script. */
  maxScriptBytes: number;
  /** Scripts an account may have, and octets of all of them together. */
  maxScripts: number;
  maxScriptStorage: number;
  specialUse: SpecialUse[];
  namespaces: NamespaceSettings;
  /** Accounts that manage the mailboxes, lists of rights and limits of all. */
  administrators: string[];
  groups: GroupSettings[];
  quota: QuotaSettings;
  metadata: MetadataSettings;
  /** Entries of a mailbox's list of rights. */
  maxAclEntries: number;
  /** Accounts of others that are shown in one list of mailboxes. */
  maxListedAccounts: number;
  index: IndexSettings;
  search: SearchSettings;
}

export const defaultStoreSettings: StoreSettings = {
  hostname: '',
  // The age the Maildir convention gives: nobody writes one message for a day and a half.
  staleHours: 36,
  // Deeper trees are made by loops in scripts and clients, not by people.
  maxDepth: 16,
  // File names end at 255 bytes on the file systems in use.
  maxNameBytes: 250,
  // A mailbox is four folders on the disk; a script that names one after the sender must not use up the inodes.
  maxMailboxes: 5000,
  // Generated scripts with long lists of addresses reach some hundred KiB.
  maxScriptBytes: 1024 * 1024,
  // Some for each season and each experiment; every list of them is read from the folder.
  maxScripts: 64,
  maxScriptStorage: 8 * 1024 * 1024,
  // The names mail programs make when they find none.
  specialUse: [
    {
      attribute: '\\Archive',
      mailbox: 'Archive',
      names: ['Archives', 'Archiv', 'Archivo', 'Archivio', 'Archief', 'Archiwum', 'Arkiv', 'Архив'],
    },
    {
      attribute: '\\Drafts',
      mailbox: 'Drafts',
      names: [
        'Entwürfe',
        'Brouillons',
        'Borradores',
        'Bozze',
        'Concepten',
        'Rascunhos',
        'Szkice',
        'Черновики',
      ],
    },
    {
      attribute: '\\Junk',
      mailbox: 'Junk',
      names: [
        'Spam',
        'Junk E-mail',
        'Junk-E-Mail',
        'Indésirables',
        'Correo no deseado',
        'Posta indesiderata',
        'Спам',
      ],
    },
    {
      attribute: '\\Sent',
      mailbox: 'Sent',
      names: [
        'Sent Items',
        'Sent Messages',
        'Sent Mail',
        'Gesendet',
        'Gesendete Objekte',
        'Envoyés',
        'Enviados',
        'Inviati',
        'Verzonden',
        'Wysłane',
        'Отправленные',
      ],
    },
    {
      attribute: '\\Trash',
      mailbox: 'Trash',
      names: [
        'Deleted Items',
        'Deleted Messages',
        'Papierkorb',
        'Gelöschte Objekte',
        'Corbeille',
        'Papelera',
        'Cestino',
        'Prullenbak',
        'Lixeira',
        'Kosz',
        'Корзина',
      ],
    },
  ],
  // The names that other servers use for them, and mail programs show well.
  namespaces: { others: 'Other Users/', public: 'Public/', publicAccount: 'public' },
  administrators: [],
  groups: [],
  // How much space there is only the owner of the disk knows.
  quota: { storage: 0, messages: 0, mailboxes: 0, annotations: 0 },
  // Clients keep settings and short texts there; the file with them is read with the mailbox.
  metadata: { maxValueBytes: 32 * 1024, maxEntries: 100 },
  // More people are a group.
  maxAclEntries: 200,
  // An administrator of a large site asks for the account he wants.
  maxListedAccounts: 1000,
  index: defaultIndexSettings,
  search: defaultSearchSettings,
};
