using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using RedPacket.Hosting;
using RedPacket.Http.Limits;

namespace RedPacket.Http;

/// <summary>The addresses that a process listens on.</summary>
internal static class ListenUrls
{
    /// <summary>
    /// Marks the development certificate of ASP.NET Core, which Kestrel uses when no other is configured.
    /// </summary>
    private const string DevelopmentCertificate = "1.3.6.1.4.1.311.84.1.1";
    private static readonly string[] s_portSettings = ["http_ports", "https_ports"];

    /// <summary>A line for each address that Kestrel could not listen on, whatever the machine.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration) =>
        Parts(configuration["urls"]).Where(url => !IsUsable(url))
            .Select(url => $"urls takes addresses such as http://localhost:5080, with semicolons; it was {StartError.Quoted(url)}.")
            .Concat(ManagementListener.Mistakes(configuration))
            .Concat(from url in Parts(configuration["urls"])
                    where IsUsable(url) && BindingAddress.Parse(url).Scheme == "https" && !HasCertificate(configuration)
                    select $"urls has the https address '{url}', and there is no certificate. "
                        + "Set Kestrel:Certificates:Default:Path, or use http behind a proxy that speaks https.")
            .Concat(from setting in s_portSettings
                    from port in Parts(configuration[setting])
                    where !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    select $"{setting} takes ports such as 5080, with semicolons; it was {StartError.Quoted(port)}.");

    /// <summary>
    /// The address to open in a browser on this machine. One that listens on all addresses is called localhost.
    /// </summary>
    public static Uri ToOpen(string listening) => BindingAddress.Parse(listening) is var address && IsOnAll(address)
        ? new Uri($"{address.Scheme}://localhost:{address.Port}")
        : new Uri(listening);

    /// <summary>True for an address that names no single one of this machine.</summary>
    public static bool IsOnAll(string listening) => IsOnAll(BindingAddress.Parse(listening));

    private static bool IsOnAll(BindingAddress address) => address.Host is "*" or "+" or "[::]" or "0.0.0.0";

    /// <summary>True for an address that Kestrel can listen on.</summary>
    public static bool IsUsable(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.IsUnixPipe || (address is { Scheme: "http" or "https", Port: <= ushort.MaxValue, PathBase: "" });
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool HasCertificate(IConfiguration configuration)
    {
        if (configuration.GetSection("Kestrel:Certificates:Default").Exists())
            return true;
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        return store.Certificates.Any(
            certificate => certificate.Extensions.Any(extension => extension.Oid?.Value == DevelopmentCertificate));
    }

    /// <summary>The addresses that the settings name, by urls or by ports.</summary>
    public static IEnumerable<string> All(IConfiguration configuration) => Parts(configuration["urls"]) is { Length: > 0 } urls
        ? urls
        : Parts(configuration["http_ports"]).Select(port => $"http://*:{port}")
            .Concat(Parts(configuration["https_ports"]).Select(port => $"https://*:{port}"));

    /// <summary>The parts of a setting that holds several.</summary>
    public static string[] Parts(string? setting) => (setting ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);
}
