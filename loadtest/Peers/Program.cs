using System.CommandLine;

namespace RedPacket.Peers;

/// <summary>Serves one peer until it is stopped. <c>ways</c> of the load tool starts it.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var kind = new Argument<string>("peer");
        kind.AcceptOnlyFromAmong([.. PeerServer.Kinds.Keys]);
        var urls = new Option<string>("--urls") { Required = true };
        var ledger = new Option<string>("--ledger") { Required = true, Description = "file of SQLite, or connection string of PostgreSQL" };
        var redis = new Option<string>("--redis") { DefaultValueFactory = _ => "" };
        var rabbit = new Option<string>("--rabbitmq") { DefaultValueFactory = _ => "" };
        var queue = new Option<string>("--queue") { DefaultValueFactory = _ => "grabs" };
        var root = new RootCommand("Serves a peer of RedPacket, for the comparison by the load tool's command ways.")
        {
            kind, urls, ledger, redis, rabbit, queue,
        };
        root.SetAction((parsed, _) => PeerServer.Serve(parsed.GetValue(kind)!, new PeerSettings(
            parsed.GetValue(urls)!, parsed.GetValue(ledger)!, parsed.GetValue(redis)!, parsed.GetValue(rabbit)!, parsed.GetValue(queue)!)));
        return root.Parse(args).InvokeAsync();
    }
}
