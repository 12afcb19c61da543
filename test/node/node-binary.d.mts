export function nodeBinary(major: string): string;
export function nodeVersion(binary: string): string;
