// A shop in Swift, with Foundation and CryptoKit: its server reports five deposits, shows the reward and verifies a
// call of Moments; its iPhone app shows the reward, too. On Linux, the package swift-crypto stands in for CryptoKit.
// It needs MOMENTS_API, MOMENTS_APP, MOMENTS_KEY and USER_TOKEN (of the user ada). With WEBHOOK_SECRET and the headers
// webhook-* of a call:
//   ./app verify ID TIMESTAMP SIGNATURES <body
import Foundation
#if canImport(CryptoKit)
import CryptoKit
#else
import Crypto
import FoundationNetworking
#endif

struct Reward: Decodable { let name: String?, redeem_url: URL? }
struct Rewards: Decodable { let data: [Reward] }
struct Outcome: Decodable { let outcome: String, reward: Reward? }
struct Submitted: Decodable { let outcomes: [Outcome] }
struct Refused: Error { let problem: String }

let env = ProcessInfo.processInfo.environment

func call<T: Decodable>(
    _ path: String, _ header: String, _ credential: String, body: [String: String]? = nil
) async throws -> T {
    var request = URLRequest(url: URL(string: env["MOMENTS_API"]! + path)!)
    request.setValue(credential, forHTTPHeaderField: header)
    if let body {
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = try JSONEncoder().encode(body)
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    guard (response as! HTTPURLResponse).statusCode == 200 else {
        throw Refused(problem: String(decoding: data, as: UTF8.self)) // says what is wrong
    }
    return try JSONDecoder().decode(T.self, from: data)
}

func report(user: String, eventId: String) async throws -> Submitted {
    let body = ["user_id": user, "action": "deposit", "event_id": eventId]
    return try await call("/v1/moments", "x-api-key", env["MOMENTS_KEY"]!, body: body)
}

func rewards(user: String) async throws -> Rewards {
    try await call("/v1/users/\(user)/rewards", "x-api-key", env["MOMENTS_KEY"]!)
}

// On the phone, with a token from your server.
func ownRewards(token: String) async throws -> Rewards {
    try await call("/v1/apps/\(env["MOMENTS_APP"]!)/me/rewards", "authorization", "Bearer \(token)")
}

func isGenuine(id: String, timestamp: String, signatures: String, body: Data) -> Bool {
    guard let seconds = Double(timestamp), abs(Date().timeIntervalSince1970 - seconds) <= 300 else { return false }
    let key = SymmetricKey(data: Data(base64Encoded: String(env["WEBHOOK_SECRET"]!.dropFirst("whsec_".count)))!)
    let signed = Data("\(id).\(timestamp).".utf8) + body
    return signatures.split(separator: " ").filter { $0.hasPrefix("v1,") }.contains { signature in
        guard let code = Data(base64Encoded: String(signature.dropFirst("v1,".count))) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) // in constant time
    }
}

let arguments = CommandLine.arguments
if arguments.count == 5 && arguments[1] == "verify" {
    let body = FileHandle.standardInput.readDataToEndOfFile()
    let genuine = isGenuine(id: arguments[2], timestamp: arguments[3], signatures: arguments[4], body: body)
    print(genuine ? "genuine" : "refused")
    exit(genuine ? 0 : 1)
}
for n in 1...5 { print("deposit \(n):", try await report(user: "ada", eventId: "deposit-\(n)").outcomes[0].outcome) }
print("for the server:", try await rewards(user: "ada").data[0].redeem_url!)
print("for the user:", try await ownRewards(token: env["USER_TOKEN"]!).data[0].redeem_url!)
