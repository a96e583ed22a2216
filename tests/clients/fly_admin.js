// One command of fly-admin, a client of Fly.io's API by a third party
// (https://github.com/supabase/fly-admin):
//   node fly_admin.js MODULES BASE APP set NAME VALUE | unset NAME | status
// The token comes from FLY_API_TOKEN; prints the answer as JSON.
const [modules, base, app, command, name, value] = process.argv.slice(2);
// createClient() takes no addresses; the class behind it does.
const Client = require(modules + '/fly-admin/dist/client').default;
const client = new Client(process.env.FLY_API_TOKEN, { graphqlUrl: base, apiUrl: base });

const commands = {
  set: () => client.Secret.setSecrets({ appId: app, secrets: [{ key: name, value }] }),
  unset: () => client.Secret.unsetSecrets({ appId: app, keys: [name] }),
  status: async () => ({
    app: (await client.App.getApp(app)).status,
    machines: (await client.Machine.listMachines(app)).map((machine) => machine.state),
  }),
};

commands[command]().then(
  (answer) => console.log(JSON.stringify(answer)),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
