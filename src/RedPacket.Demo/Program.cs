using System.CommandLine;

namespace RedPacket.Demo;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var root = new RootCommand("""
            RedPacket.Demo: the whole of RedPacket in one process, with nothing installed: an embedded store, a bus in memory, a SQLite file.

            Settings (command line --Name=value, environment Name with __ for :, or appsettings.json):
              RedPacket:DataDirectory       where store and ledger keep their data (default: data, in the working directory)
              ConnectionStrings:Redis       a Redis instead of the embedded store
              ConnectionStrings:RabbitMq    a RabbitMQ instead of the bus in memory
              ConnectionStrings:Ledger      another SQLite file, or PostgreSQL
              --urls                        http://localhost:5080
              Demo:OpenToNetwork            true: listens on all addresses and lets phones join, as users and never as operators
              Demo:CrashAt                  <point>[:<n>]: dies there, at the n-th pass (default 1), as by kill -9; an unknown point lists them all
              Demo:ClockOffset              [-]hh:mm:ss: this process's clock is wrong by so much; tokens are judged by it

            Callers say who they are by the header X-User-Id (and X-Role: operator), browsers by /demo/who, from this machine only.
            """);
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction(_ => DemoHost.Run(args));
        // The host stops in good order by itself, within its own limit; the command line's two seconds would cut it off with exit code 143.
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
    }
}
