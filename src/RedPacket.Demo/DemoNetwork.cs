using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RedPacket.Http;

namespace RedPacket.Demo;

/// <summary>
/// Knows whether the demo is open to the local network (<c>Demo:OpenToNetwork=true</c>), and its URL there.
/// </summary>
internal sealed class DemoNetwork(bool isOpen, IServer server)
{
    /// <summary>Printed at the start of an open demo.</summary>
    public const string Warning = "OPEN TO THE LOCAL NETWORK: anybody who can reach this machine can send and grab here, under any name.";

    private static readonly string[] s_loopback = ["localhost", "127.0.0.1", "[::1]"];

    public bool IsOpen => isOpen;

    /// <summary>
    /// The demo's URL for callers on this machine. A demo that listens on all addresses is called localhost.
    /// </summary>
    public Uri LocalUrl => ListenUrls.ToOpen(Listening);

    /// <summary>The demo's URL for phones, or null if the demo is not open.</summary>
    public Uri? NetworkUrl =>
        isOpen ? new UriBuilder(LocalUrl) { Host = NetworkAddress() ?? Environment.MachineName }.Uri : null;

    /// <summary>The URL in a packet's QR code, without the packet id; null if the demo is not open.</summary>
    public string? JoinUrl => NetworkUrl is { } url ? $"{url.AbsoluteUri.TrimEnd('/')}/demo/join/" : null;

    private string Listening => server.Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>The same ports on all addresses.</summary>
    public static string OnAllAddresses(string? urls) =>
        string.Join(';', (urls ?? "http://localhost:5080").Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(BindingAddress.Parse).Select(url => $"{url.Scheme}://*:{url.Port}"));

    /// <summary>
    /// The names under which the demo may be called, for <c>AllowedHosts</c>. A page of another site that points its
    /// name at this machine is refused: the browser sends that name.
    /// </summary>
    public static string Hosts(bool isOpen) =>
        string.Join(
            ';', isOpen ? [.. s_loopback, Environment.MachineName, $"{Environment.MachineName}.local", .. Addresses()] : s_loopback);

    private static IEnumerable<string> Addresses() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        from address in network.GetIPProperties().UnicastAddresses
        select address.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address.Address}]" : address.Address.ToString();

    // Networks with a gateway come first: a phone cannot reach a bridge that is internal to this machine.
    private static string? NetworkAddress() =>
        (from network in NetworkInterface.GetAllNetworkInterfaces()
         where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
         let properties = network.GetIPProperties()
         orderby properties.GatewayAddresses.Count descending
         from address in properties.UnicastAddresses
         where address.Address.AddressFamily == AddressFamily.InterNetwork
         select address.Address.ToString()).FirstOrDefault();
}
