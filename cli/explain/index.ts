export const explain = async (_f: string[], _c: unknown) => 0;
