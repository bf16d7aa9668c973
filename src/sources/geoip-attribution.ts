/** What the makers of GeoIP data ask of those who pass on what was made from it. */

export interface Attribution {
  /** The sentence to show, in plain text. */
  readonly text: string;
  readonly url: string;
  readonly licence: string;
}

/** The attribution of a well-known database, recognised by its type or its file's path. */
export function attributionOf(path: string, databaseType: string): Attribution | null {
  const known = KNOWN.find(({ type, file }) => type.test(databaseType) || file.test(path));
  return known?.attribution ?? null;
}

const KNOWN: readonly {
  readonly type: RegExp;
  readonly file: RegExp;
  readonly attribution: Attribution;
}[] = [
  {
    type: /^GeoLite2/,
    file: /geolite2/i,
    attribution: {
      text: "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com",
      url: "https://www.maxmind.com",
      licence: "GeoLite End User License Agreement",
    },
  },
  {
    type: /^DBIP/i,
    file: /db-?ip/i,
    attribution: {
      text: "IP Geolocation by DB-IP, https://db-ip.com",
      url: "https://db-ip.com",
      licence: "CC-BY-4.0",
    },
  },
  {
    // The type that the packages of ip-location-db write is too general to tell anything.
    type: /^RouteViews/i,
    file: /@ip-location-db[\\/]asn[^\\/]*[\\/]|(?:^|[\\/])asn-ipv[46](?:-num)?(?:\.[0-9a-f]{8})?\.csv$|routeviews/i,
    attribution: {
      text: "ASN data by RouteViews (https://www.routeviews.org), DB-IP (https://db-ip.com) and the NRO (https://www.nro.net)",
      url: "https://www.routeviews.org",
      licence: "CC-BY-4.0",
    },
  },
];
