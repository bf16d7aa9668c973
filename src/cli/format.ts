/** Numbers as people read them; the same in every locale. */

/** 1234567 -> "1,234,567". */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+(?!\d))/g, ",");
}

/** "1 mirror", "1,234 mirrors". */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Decimal units, as disks and networks count: 16_123_456 -> "16.1 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** 0.0123 -> "12 ms", 1.234 -> "1.23 s", 75.2 -> "1 min 15 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * A share from 0 to 1 as a percentage, rounded towards the middle: "100%" and "0%" are said only
 * of all and of nothing.
 */
export function formatShare(share: number): string {
  if (share >= 1) return "100%";
  if (share <= 0) return "0%";
  const percent = Math.min(99.99, Math.max(0.01, share * 100));
  return `${percent.toFixed(2)}%`;
}

/** 0.4 -> "0.4 km", 17.6 -> "18 km", 9876.5 -> "9,877 km". */
export function formatKm(km: number): string {
  return km < 9.95 ? `${km.toFixed(1)} km` : `${formatCount(Math.round(km))} km`;
}

/** Seconds since 1970 -> "2026-11-22". */
export function formatDay(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(0, 10);
}

/** Seconds since 1970 -> "2026-11-22 11:40:00 UTC". */
export function formatTime(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
