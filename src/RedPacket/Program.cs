using System.CommandLine;
using RedPacket.Hosting;
using RedPacket.Http.Identity;
using RedPacket.Reports.Commands;

namespace RedPacket;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var root = new RootCommand($"""
            RedPacket: red packets on a queue. Without a command it runs the service.

            Settings (command line --Name=value, environment Name with __ for :, or appsettings.json):
              ConnectionStrings:Redis       localhost:6379
              ConnectionStrings:RabbitMq    amqp://user:password@host:5672/vhost
              ConnectionStrings:Ledger      Data Source=ledger.db, or Host=localhost;Database=redpacket
              RedPacket:Roles               grab,relay,settle,reconcile,announce (default: all)
              Jwt:SigningKeys:0             the key of the tokens, 32 bytes or more; or Jwt:Authority
              --urls                        http://localhost:5080

            All settings with their defaults. src/OPERATING.md explains them:
            {SettingNames.Help}
            """)
        {
            ReportCommand.Create(),
            TokenCommand.Create(),
        };
        return ProgramArguments.Run(root, args, () => RedPacketService.Run(args));
    }
}
