using System.ComponentModel.DataAnnotations;

namespace RedPacket.Http;

/// <summary>Section <c>Http</c>: what the door lets in.</summary>
internal sealed class HttpOptions
{
    public const string Section = "Http";

    /// <summary>Bytes of a body; more is 413.</summary>
    [Range(1024, 1024 * 1024)]
    public int BodyLimit { get; set; } = 8 * 1024;

    /// <summary>Bytes of all header fields of a request together.</summary>
    [Range(4 * 1024, 1024 * 1024)]
    public int HeadersLimit { get; set; } = 32 * 1024;

    /// <summary>
    /// Bytes of a request line. Kestrel answers a longer one itself, with a bare 414, before any code of ours runs; but a packet id of a megabyte has to be
    /// told what it is, a malformed id, like every other one (400 or 404, with a code). The price: a client that sends slowly can hold this much of memory
    /// for <see cref="HeadTimeout"/> on each connection. A proxy in front limits it to a few kilobytes anyway; who exposes the service without one, and does
    /// not need the answer to so long a line, lowers this.
    /// </summary>
    [Range(1024, 4 * 1024 * 1024)]
    public int RequestLineLimit { get; set; } = 1024 * 1024 + 64 * 1024;

    /// <summary>A request's line and header fields have to be here within this time of their first byte, or the connection is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Open connections. 10000 clients are promised; the rest is for health checks and operators, who must get in when the house is full.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_500;

    /// <summary>How long readiness is red while requests are still taken, before a stop closes the door. Give it what the load balancer needs to notice.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;
}

/// <summary>Section <c>RateLimit</c>: off unless set.</summary>
internal sealed class RateLimitOptions
{
    public const string Section = "RateLimit";

    /// <summary>Requests per second and user; 0 is no limit. As many may come at once.</summary>
    [Range(0, 1_000_000)]
    public int PermitsPerSecond { get; set; }
}
