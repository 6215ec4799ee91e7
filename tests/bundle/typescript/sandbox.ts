// What the calls of every client need.
export const url = process.env.API_URL!;
export const credentials = {
    idInstance: Number(process.env.ID_INSTANCE),
    apiTokenInstance: process.env.API_TOKEN_INSTANCE!,
};
export const CHAT = "447700900124@c.us";
export const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
