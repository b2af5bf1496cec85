/** Labels as visitors write them. */

/** A line each, or with commas between. */
export const labelsIn = (text: string): string[] => [...new Set(text.split(/[\n,;]/).map((word) => word.trim()).filter(Boolean))]
