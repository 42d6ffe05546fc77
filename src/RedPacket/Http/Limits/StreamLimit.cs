using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;

namespace RedPacket.Http.Limits;

/// <summary>
/// Bounds the endless answers of this process: in all, and for each address. One client cannot take them all.
/// </summary>
internal sealed class StreamLimit(IOptions<HttpOptions> options, IConfiguration configuration)
{
    private static readonly Problem s_full = new(503, "streams_full",
        "There are as many open streams as Http:Streams and Http:StreamsPerAddress allow. Close one, or ask again later.",
        TimeSpan.FromSeconds(5));

    // Operators watch also when all places are taken.
    private readonly ManagementListener? _management = ManagementListener.From(configuration);
    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();
    private int _open;

    /// <summary>Takes a place until the answer ends, and none for HEAD. Returns the refusal when there is none.</summary>
    public Problem? TryOpen(HttpContext context)
    {
        if (_management?.IsFor(context) == true || EdgeMiddleware.IsForHead(context))
            return null;
        var address = ClientNetwork.Of(context);
        if (Interlocked.Increment(ref _open) > options.Value.Streams)
        {
            Interlocked.Decrement(ref _open);
            return s_full;
        }
        if (_byAddress.AddOrUpdate(address, 1, (_, count) => count + 1) > options.Value.StreamsPerAddress)
        {
            Close(address);
            return s_full;
        }
        context.Response.OnCompleted(() =>
        {
            Close(address);
            return Task.CompletedTask;
        });
        return null;
    }

    private void Close(IPAddress address)
    {
        Interlocked.Decrement(ref _open);
        // An address without a stream is forgotten, so that the table does not grow with every visitor.
        if (_byAddress.AddOrUpdate(address, 0, (_, count) => count - 1) <= 0)
            ((ICollection<KeyValuePair<IPAddress, int>>)_byAddress).Remove(new(address, 0));
    }
}
