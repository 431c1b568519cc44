// The handler of handler.py in JavaScript, for the workerd peer.
export default {
  async fetch(request) {
    const event = await request.json();
    let sum = 0;
    for (let i = 0; i < event.n; i++) sum += i;
    return new Response(JSON.stringify({ greeting: "hello " + event.name, n: sum }));
  },
};
