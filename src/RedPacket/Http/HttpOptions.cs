using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Http;

/// <summary>Section <c>Http</c>: the limits of requests and connections.</summary>
[Section("Http")]
internal sealed class HttpOptions
{
    /// <summary>The bytes that a body may have unless <see cref="BodyLimit"/> is set.</summary>
    public const int UsualBodyLimit = 8 * 1024;

    /// <summary>Bytes of a body; more is 413.</summary>
    [Range(1024, 1024 * 1024)]
    public int BodyLimit { get; set; } = UsualBodyLimit;

    /// <summary>Bytes of all header fields of a request together.</summary>
    [Range(4 * 1024, 1024 * 1024)]
    public int HeadersLimit { get; set; } = 32 * 1024;

    /// <summary>
    /// Bytes of a request line. Kestrel answers a longer line itself, with a bare 414. Each connection of a slow client
    /// may hold this much memory for <see cref="HeadTimeout"/>.
    /// </summary>
    [Range(1024, 4 * 1024 * 1024)]
    public int RequestLineLimit { get; set; } = 16 * 1024;

    /// <summary>
    /// A connection is closed when a request's line and header fields are not complete within this time of their first
    /// byte.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Open connections. With <c>management-urls</c>, those of operators come on top.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_500;

    /// <summary>
    /// A connection is closed after this time without a request. Give a proxy in front a shorter time than this.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>Open streams of live numbers in this process; more is 503.</summary>
    [Range(1, 1_000_000)]
    public int Streams { get; set; } = 2000;

    /// <summary>Open streams for one address. Behind a proxy all callers have its address.</summary>
    [Range(1, 1_000_000)]
    public int StreamsPerAddress { get; set; } = 200;

    /// <summary>
    /// Addresses (10.0.0.7) or networks (10.0.0.0/8) of proxies, with commas. Their forwarded headers count, so that
    /// limits and logs see the client's address. Without any, no such header counts.
    /// </summary>
    public string KnownProxies { get; set; } = "";

    /// <summary>
    /// The path under which the whole service is, for example /redpacket. It is served without it too.
    /// </summary>
    [RegularExpression("(/[A-Za-z0-9._~-]+)*", ErrorMessage = "Http:PathBase takes a path such as /redpacket, without a slash at its end.")]
    public string PathBase { get; set; } = "";

    /// <summary>
    /// Origins of pages that may call the API from a browser, with commas; * for any. None by default.
    /// </summary>
    public string CorsOrigins { get; set; } = "";

    /// <summary>
    /// How long a stopping process still takes requests while its readiness is red. Give it the time that the load
    /// balancer needs to notice.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;
}

/// <summary>Section <c>RateLimit</c>: off unless set.</summary>
[Section("RateLimit")]
internal sealed class RateLimitOptions
{
    /// <summary>Requests per second and user, and as many in one burst; 0 is no limit.</summary>
    [Range(0, 1_000_000)]
    public int PermitsPerSecond { get; set; }

    /// <summary>
    /// The same for an address without an identity. Behind a proxy it needs <see cref="HttpOptions.KnownProxies"/>.
    /// </summary>
    [Range(0, 1_000_000)]
    public int AnonymousPerSecond { get; set; }
}
