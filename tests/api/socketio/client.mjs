// Does what the tutorial's page does: connect, ask for the model, draw, and print every event as a line of JSON.
// usage: node client.mjs URL TRANSPORTS PROMPT RATIO
import { io } from 'socket.io-client';

const [url, transports, prompt, ratio] = process.argv.slice(2);
const socket = io(url, { transports: transports.split(','), reconnection: false });
const print = (event, data) => console.log(JSON.stringify({ event, ...data }));

for (const event of ['progress', 'model-download-progress', 'success', 'error_event'])
  socket.on(event, (data) => print(event, data));

socket.on('connect', () => {
  print('connect', { transport: socket.io.engine.transport.name });
  socket.emit('trigger-model-download');
});
socket.on('connect_error', (error) => {
  print('connect_error', { message: error.message });
  process.exit(1);
});
socket.on('model-download-progress', ({ percent }) => {
  if (percent === 100) socket.emit('generate', { prompt, ratio });
});
for (const event of ['success', 'error_event'])
  socket.on(event, () => {
    print('end', { transport: socket.io.engine.transport.name });
    socket.disconnect();
    process.exit(0); // a pending long poll would keep the process for half a minute
  });
