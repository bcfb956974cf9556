// The build puts a style sheet into the bundle as text, without its spaces.
declare module "*.css" {
  const text: string;
  export default text;
}
