// Supabase's local server, as its command line reads it: one database of the tests' embedded server behind REST.
import { createPostgresConnection } from "@supabase/lite/postgres";

export default {
  api: { port: Number(process.env.LITE_PORT) },
  auth: {
    enabled: true,
    jwt_secret: process.env.LITE_JWT_SECRET,
    publishable_key: process.env.LITE_PUBLISHABLE_KEY,
    secret_key: process.env.LITE_SECRET_KEY,
  },
  connection: createPostgresConnection({
    url: `postgres:///${process.env.LITE_DATABASE}`,
    postgresOptions: {
      onnotice: () => {},
      types: {
        // Version 0.10 turns an argument into JSON text and leaves the driver to do so once more, so that every
        // jsonb parameter arrives as a string. PostgREST, which it stands for, hands objects over as objects.
        jsonb: {
          to: 3802,
          from: [3802],
          serialize: (value) => (typeof value === "string" ? value : JSON.stringify(value)),
          parse: (text) => JSON.parse(text),
        },
      },
    },
  }),
};
