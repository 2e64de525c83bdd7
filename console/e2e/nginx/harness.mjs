/** Tells the harness, `behind-nginx.mjs`, what to do: `next` (how the next person is signed in), `kill` and `start` of the service. */
export const tell = (what, input = {}) => fetch(`${process.env.HARNESS_URL}/${what}`, { method: 'POST', body: JSON.stringify(input) });
