using System.CommandLine;
using RedPacket.Hosting;

namespace RedPacket.Demo;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var root = new RootCommand($"""
            RedPacket.Demo: all of RedPacket in one process. Nothing else has to be installed.
            It uses an embedded store, an in-memory bus and a SQLite ledger, unless a setting names another.

            Settings (command line --Name=value, environment Name with __ for :, or appsettings.json):
              RedPacket:DataDirectory       the folder for store and ledger (default: data, in the working directory)
              ConnectionStrings:Redis       a Redis in place of the embedded store
              ConnectionStrings:RabbitMq    a RabbitMQ in place of the in-memory bus
              ConnectionStrings:Ledger      another SQLite file, or PostgreSQL
              --urls                        the address to listen on (default: http://localhost:5080)
              Demo:OpenToNetwork            true: listen on all addresses, and let phones join as users, never as operators
              Demo:BrokerProxy              true: reach RabbitMQ through a proxy that the fault broker-away can cut
              Demo:Subscribers              false: without the rooms that follow the ledger (inboxes, statistics, risk)
              Demo:CrashAt                  <point>[:<n>]: die at the n-th pass of this point (default 1), as by kill -9.
                                            An unknown point lists all points.
              Demo:ClockOffset              [-]hh:mm:ss: shift the clock of this process. Tokens expire by the shifted clock.

            Programs name their user in the header X-User-Id (operators also send X-Role: operator), browsers choose a name.
            Both work from this machine only.

            All settings with their defaults. src/OPERATING.md explains them:
            {SettingNames.Help}
            """);
        return ProgramArguments.Run(root, args, () => DemoHost.Run(args));
    }
}
