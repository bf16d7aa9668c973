/** A small Internet: cities, each with a network of IPv4 and of IPv6 that nobody else has. */

export interface City {
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
  /** A /12 and a /32. */
  readonly ipv4: string;
  readonly ipv6: string;
}

const PLACES: readonly (readonly [country: string, cities: string])[] = [
  ["AT", "Vienna 48.21 16.37, Graz 47.07 15.44"],
  ["AU", "Sydney -33.87 151.21, Perth -31.95 115.86"],
  ["BR", "Recife -8.05 -34.88, Curitiba -25.43 -49.27"],
  ["CA", "Toronto 43.65 -79.38, Calgary 51.05 -114.07"],
  ["DE", "Berlin 52.52 13.41, Munich 48.14 11.58"],
  ["FR", "Paris 48.85 2.35, Lyon 45.76 4.84"],
  ["GB", "London 51.51 -0.13, Leeds 53.80 -1.55"],
  ["IN", "Mumbai 19.08 72.88, Chennai 13.08 80.27"],
  ["IT", "Turin 45.07 7.69, Rome 41.89 12.51"],
  ["JP", "Tokyo 35.69 139.69, Osaka 34.69 135.50"],
  ["KR", "Seoul 37.57 126.98, Busan 35.18 129.08"],
  ["NL", "Amsterdam 52.37 4.89, Eindhoven 51.44 5.48"],
  ["PL", "Warsaw 52.23 21.01, Krakow 50.06 19.94"],
  ["SE", "Stockholm 59.33 18.07, Umea 63.83 20.26"],
  ["US", "Boston 42.36 -71.06, Denver 39.74 -104.98"],
  ["ZA", "Durban -29.86 31.02, Bloemfontein -29.12 26.21"],
];

/** First octets of IPv4 that are in use, with room for sixteen /12 each. */
const OCTETS = [20, 60] as const;

export const CITIES: readonly City[] = PLACES.flatMap(([country, cities]) =>
  cities.split(", ").map((text) => ({ country, text })),
).map(({ country, text }, index) => {
  const [name = "", latitude, longitude] = text.split(" ");
  const octet = OCTETS[Math.floor(index / 16)];
  return {
    name,
    country,
    latitude: Number(latitude),
    longitude: Number(longitude),
    ipv4: `${octet}.${(index % 16) * 16}.0.0/12`,
    ipv6: `2a00:${(0x1000 + index).toString(16)}::/32`,
  };
});
