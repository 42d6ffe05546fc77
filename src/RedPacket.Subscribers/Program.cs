using System.CommandLine;
using RedPacket.Hosting;

namespace RedPacket.Subscribers;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var root = new RootCommand($"""
            RedPacket.Subscribers: programs that follow the ledger. None of them is in the way of a payment.

            RedPacket.Subscribers [{string.Join("] [", Rooms.All.Select(room => room.Name))}] [--from start|now] [--again] [settings]

            Without a name all rooms run. A room that starts again goes on where it was.

            Settings (command line --Name=value, environment Name with __ for :, or appsettings.json):
              Subscribers:ServiceUrl        the service (default: http://localhost:5080)
              Subscribers:Token             a token with the role operator; not needed with a key, or for the demo
              Subscribers:Store             a folder (default: data/rooms), or Host=localhost;Database=subscribers
              ConnectionStrings:RabbitMq    amqp://user:password@host:5672/vhost (default: ask the service every second)
              Jwt:SigningKeys:0             the service's key: checks callers' tokens, signs the program's own; or Jwt:Authority
              --urls                        {SubscribersHost.Address}

            The settings of the rooms with their defaults. src/OPERATING.md explains them, and those of Http, Jwt and RateLimit:
            {SettingNames.List(SettingNames.Of(typeof(Program).Assembly))}
            """)
        {
            new Option<string>(RoomArguments.From)
            {
                Description = "Where a new store begins: start (default), or now, which skips what has been",
            },
            new Option<bool>(RoomArguments.Again) { Description = "Delete what the rooms have kept, and make it anew" },
        };
        var arguments = RoomArguments.Read(args);
        if (arguments.Mistake is { } mistake)
        {
            await Console.Error.WriteLineAsync(mistake);
            return ProgramArguments.Refused;
        }
        return await ProgramArguments.Run(root, arguments.Settings, () => SubscribersHost.Run(arguments));
    }
}
