using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Subscribers.Following;

/// <summary>Section <c>Subscribers</c>: what all rooms share.</summary>
[Section("Subscribers")]
internal sealed class SubscribersOptions
{
    /// <summary>The service whose ledger is followed. By default http://localhost:5080, and in the demo the demo itself.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>
    /// A bearer token with the role operator. Without one the program signs its own tokens with <c>Jwt:SigningKeys:0</c>, and
    /// without a key it sends the headers of the demo, which no other service takes.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>
    /// Where the rooms keep their data: a folder, with a file for each room, or <c>Host=…;Database=…</c>, with a schema for
    /// each.
    /// </summary>
    public string? Store { get; set; }

    /// <summary>How often a room asks the feed when no broker brings it messages.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan AskEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often it asks beside the messages, so that a lost one costs no more than this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class SubscribersCheck : IValidateOptions<SubscribersOptions>
{
    public ValidateOptionsResult Validate(string? name, SubscribersOptions options)
    {
        string[] mistakes = [.. Mistakes(options)];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private static IEnumerable<string> Mistakes(SubscribersOptions options)
    {
        if (options.ServiceUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
            yield return "Subscribers:ServiceUrl takes an address such as http://localhost:5080.";
        if (options.Store is { } store && store.Contains('=', StringComparison.Ordinal) && !PostgresRoomStore.IsUsable(store))
            yield return "Subscribers:Store takes a folder, or a PostgreSQL such as Host=localhost;Database=subscribers.";
    }
}
